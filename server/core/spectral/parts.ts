/** Spectral a package at a time: together they keep a thread that answers a person busy for a tenth of a second. */

const packages = [
  () => import('@stoplight/json'),
  () => import('@stoplight/spectral-runtime'),
  () => import('@stoplight/spectral-core'),
  () => import('@stoplight/spectral-functions'),
  () => import('@stoplight/spectral-rulesets'),
];

/** Loads what `spectral.ts` offers; between two packages others have their turn. */
export async function loadSpectral(): Promise<typeof import('./spectral.ts')> {
  for (const load of packages) {
    await load();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return import('./spectral.ts');
}
