/** An event as it was written, perhaps long ago. */
export interface VersionedEvent {
  type: string;
  schemaVersion: number;
  data: unknown;
}

/** Makes data of version n into data of version n + 1. */
export type Upcaster = (data: never) => unknown;

/**
 * What was ever written, by type: the first upcaster makes version 2 of version 1, and so on. An upcaster is never changed
 * once events of its version exist.
 */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>;

/** Version 1 held one name, version 2 holds two. */
export const upcasters = {
  'customer.registered': [
    ({ name, ...rest }: { name: string }) => {
      const [givenName = '', ...others] = name.split(' ');
      return { ...rest, givenName, familyName: others.join(' ') };
    },
  ],
} satisfies Upcasters;

/** The event in the newest version of its type. Throws when it is newer than this program: let a newer one handle it. */
export function upcast<Event extends VersionedEvent>(event: Event, known: Upcasters): Event {
  // A type may have the name of something every object has.
  const steps = Object.hasOwn(known, event.type) ? (known[event.type] ?? []) : [];
  const newest = steps.length + 1;
  if (!Number.isInteger(event.schemaVersion) || event.schemaVersion < 1 || event.schemaVersion > newest) {
    throw new Error(`${event.type} has version ${event.schemaVersion}; versions 1 to ${newest} are known.`);
  }
  const data = steps.slice(event.schemaVersion - 1).reduce<unknown>((older, step) => step(older as never), event.data);
  return { ...event, schemaVersion: newest, data };
}
