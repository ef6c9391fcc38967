import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { docsCss, icon } from '../theme.ts'

/** Gathers the routes that follow into OpenAPI: its page at `/docs`, the document at `/docs/json`. */
export async function openApi(app: FastifyInstance, { version }: { version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Hearth',
        version,
        description: "Reads a game's living worlds from a warm cache, and tells it what changed.",
      },
      tags: [
        { name: 'reads', description: 'What a game reads. Role `read`.' },
        { name: 'game', description: 'What a game tells. Role `write`.' },
        { name: 'operator', description: 'By hand. Role `operate`.' },
        { name: 'jobs', description: 'Role `read`.' },
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(async pages => {
    pages.addHook('onRoute', route => {
      route.config = { ...route.config, needs: 'read', page: true }
    })
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { docExpansion: 'list' },
      logo: { type: 'image/svg+xml', content: icon, href: '/', target: '_self' },
      theme: {
        title: 'HTTP API · Hearth',
        css: [{ filename: 'hearth.css', content: docsCss }],
        favicon: [{ filename: 'icon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: icon }],
      },
    })
  })
}
