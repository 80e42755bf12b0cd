// The carrier's HTTP interface, as the shop calls it.
const carrier = 'https://api.carrier.example/v2';

/** What the carrier takes for a parcel, in cents. Weights are grams. */
export async function rateOf(weight: number): Promise<number> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const response = await fetch(`${carrier}/rates?weight=${weight}`);
      if (response.ok) return ((await response.json()) as { cents: number }).cents;
    } catch {
      // The carrier is away now and then.
    }
  }
  throw new Error('The carrier does not answer.');
}
