/** What a round of the soak kills, and when: all of it follows from one seed. */
import { Xoshiro128 } from '@labelmill/models/xoshiro128';

export const victims = ['supervisor', 'engine', 'producer', 'redis', 's3'] as const;
export type Victim = (typeof victims)[number];

/** Processes killed at the same moment. */
export interface Kill {
  /** Once this share of the run's parts is there. */
  readonly at: number;
  readonly victims: readonly Victim[];
  /** Which of the workers: the victim itself, or whose engine is. */
  readonly worker: number;
  /** How long a killed Redis or S3 stays down, ms. */
  readonly downMs: number;
}

export interface RoundPlan {
  readonly seed: number;
  /** Real engines and real photos; otherwise an engine that only waits a while. */
  readonly realEngine: boolean;
  /** Images (of real engines) and runs lie in S3; otherwise in files. */
  readonly s3: boolean;
  readonly images: number;
  /** 8 to 16. */
  readonly chunkSize: number;
  readonly workers: number;
  readonly kills: readonly Kill[];
}

export interface SoakRequest {
  readonly seed: number;
  /** Processes to kill in all. */
  readonly kills: number;
  readonly images: number;
  readonly s3: boolean;
}

const killsInRound = 10;
/** Of the rounds, one in so many has the real engine; the first of them is the second round. */
const realEvery = 4;
const workers = 2;
/** The share of a run in which kills fall: its end is left to show that it closes. */
const killedShare = 0.9;

/** Rounds of ten kills each. */
export function planSoak({ seed, kills, images, s3 }: SoakRequest): RoundPlan[] {
  const rounds = Math.max(1, Math.round(kills / killsInRound));
  return Array.from({ length: rounds }, (_, round) =>
    planRound({
      seed: seed * 1000 + round,
      kills: share(kills, rounds, round),
      images: share(images, rounds, round),
      realEngine: round % realEvery === 1,
      s3,
    }),
  );
}

export function planRound(round: {
  readonly seed: number;
  readonly kills: number;
  readonly images: number;
  readonly realEngine: boolean;
  readonly s3: boolean;
}): RoundPlan {
  const { seed, images, realEngine, s3 } = round;
  const next = draws(seed);
  const kinds = victims.filter((victim) => (victim !== 'engine' || realEngine) && (victim !== 's3' || s3));
  const kills: Kill[] = [];
  for (let left = round.kills; left > 0; ) {
    // One kill in four takes several kinds of processes at once.
    const several = next() < 0.25 ? 2 + Math.floor(next() * (kinds.length - 1)) : 1;
    const chosen = shuffled(kinds, next).slice(0, Math.min(several, left));
    left -= chosen.length;
    kills.push({
      at: next() * killedShare,
      victims: chosen,
      worker: Math.floor(next() * workers),
      downMs: Math.floor(next() * 2000),
    });
  }
  kills.sort((a, b) => a.at - b.at);
  return { seed, realEngine, s3, images, chunkSize: 8 + Math.floor(next() * 9), workers, kills };
}

export function killsOf({ kills }: RoundPlan): number {
  return kills.reduce((sum, kill) => sum + kill.victims.length, 0);
}

/** Numbers from 0 up to 1. */
function draws(seed: number): () => number {
  const generator = Xoshiro128.seeded(seed);
  return () => {
    const word = new Uint32Array(1);
    generator.fill(word);
    return (word[0] ?? 0) / 2 ** 32;
  };
}

function shuffled<T>(all: readonly T[], next: () => number): T[] {
  return all
    .map((one) => ({ one, order: next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ one }) => one);
}

/** Whole numbers that add up to `all`. */
function share(all: number, of: number, place: number): number {
  return Math.floor((all * (place + 1)) / of) - Math.floor((all * place) / of);
}
