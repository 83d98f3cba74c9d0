/** How many mails of a version went out, and how many a person answered. */
export interface Sample {
  sent: number;
  replied: number;
}

// The posterior of each rate with an even prior, as a normal distribution: good
// enough from the size on at which anything is shown at all.
function belief({ sent, replied }: Sample): { mean: number; deviation: number } {
  const a = Math.min(replied, sent) + 1;
  const b = sent - Math.min(replied, sent) + 1;
  return { mean: a / (a + b), deviation: Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1))) };
}

/** Abramowitz and Stegun 7.1.26: off by 1.5e-7 at most. */
function cumulative(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
  return z >= 0 ? 1 - tail / 2 : tail / 2;
}

const PARTS = 400;
const WIDTH = 6; // deviations on each side

/** For each version the chance that its rate is the highest, given what was seen. */
export function chancesToWin(samples: readonly Sample[]): number[] {
  const beliefs = samples.map(belief);
  return beliefs.map(({ mean, deviation }, i) => {
    let sum = 0;
    for (let part = 0; part < PARTS; part++) {
      const z = ((part + 0.5) / PARTS - 0.5) * 2 * WIDTH;
      const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
      const others = beliefs.reduce(
        (all, other, j) => (j === i ? all : all * cumulative((mean + z * deviation - other.mean) / other.deviation)),
        1,
      );
      sum += density * others;
    }
    return (sum * 2 * WIDTH) / PARTS;
  });
}

/** A limit that a version must not pass, whatever its answers. */
export interface Guardrail {
  name: string;
  share: number;
  most: number;
}

/** Bounces, opt-outs and complaints per mail, with what mailbox providers put up with. */
export function guardrails(figures: Record<string, number | undefined>): Guardrail[] {
  const sent = figures.emails_sent ?? 0;
  const share = (n: number | undefined) => (sent > 0 ? (n ?? 0) / sent : 0);
  return [
    { name: "Bounces", share: share(figures.bounces), most: 0.05 },
    { name: "Opt-outs", share: share(figures.unsubscribes), most: 0.02 },
    { name: "Spam complaints", share: share(figures.complaints), most: 0.001 },
  ];
}
