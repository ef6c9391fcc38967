interface MeterProps {
  label: string
  /** 0 to 100. */
  percent: number
  text: string
  isBusy?: boolean
}

/** How full something is. */
export function Meter({ label, percent, text, isBusy = false }: MeterProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the look of a <meter> cannot be chosen in all browsers
    <div
      class={isBusy ? 'meter busy' : 'meter'}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={text}
    >
      <div style={{ width: `${percent}%` }} />
    </div>
  )
}
