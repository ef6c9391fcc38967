import { envName, type Setting, settingNames, settings } from '../config/settings.ts'

/** All settings as a Markdown table, for docs/configuration.md. */
export function settingsTable(): string {
  const rows = settingNames.map(name => {
    const setting: Setting = settings[name]
    const standard = setting.default === undefined ? (setting.absent ?? '') : `\`${setting.default}\``
    const cells = [`\`${envName(name)}\``, standard, setting.unit ?? '', setting.right, setting.meaning]
    return `| ${cells.join(' | ')} |`
  })
  return ['| name | default | unit | expects | meaning |', '|---|---|---|---|---|', ...rows].join('\n')
}
