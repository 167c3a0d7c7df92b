import { z } from 'zod';

const Duration = z.string().regex(/^(\d+(ms|s|m|h))+$/);
const Environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string());

const Healthcheck = z.strictObject({
  test: z.tuple([z.enum(['CMD', 'CMD-SHELL'])], z.string()),
  interval: Duration,
  timeout: Duration,
  retries: z.number().int().positive(),
  start_period: Duration.optional(),
});

const Service = z.strictObject({
  image: z.string().optional(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  command: z.array(z.string()).min(1).optional(),
  init: z.boolean().optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  stop_grace_period: Duration.optional(),
  environment: Environment.optional(),
  ports: z.array(z.string().regex(/^(\d+\.\d+\.\d+\.\d+:)?\d+:\d+$/)).optional(),
  volumes: z.array(z.string().regex(/^[\w-]+:\/[\w/-]+$/)).optional(),
  shm_size: z
    .string()
    .regex(/^\d+[kmg]b$/)
    .optional(),
  security_opt: z.array(z.string()).optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']) }))
    .optional(),
  healthcheck: Healthcheck.optional(),
});

/** The part of the Compose specification that docker-compose.yml uses; anything else is a misspelling until it is added here. */
export const ComposeFile = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
  // Where the anchors lie; what they hold is checked in the services that take it.
  'x-patchbay': z.unknown(),
  'x-settings': z.unknown(),
  'x-meta': z.unknown(),
});
