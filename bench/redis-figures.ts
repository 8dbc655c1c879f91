import type { Redis } from 'ioredis';

/** What a Redis holds and has spent. */
export interface RedisFigures {
  /** All that its allocator gave out. */
  readonly bytes: number;
  /** User and system time since it started. */
  readonly cpuSeconds: number;
  /** Commands since it started, those inside scripts included. */
  readonly commands: number;
}

export async function redisFigures(redis: Redis): Promise<RedisFigures> {
  const info = await redis.info();
  const number = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return {
    bytes: number('used_memory'),
    cpuSeconds: number('used_cpu_user') + number('used_cpu_sys'),
    commands: number('total_commands_processed'),
  };
}
