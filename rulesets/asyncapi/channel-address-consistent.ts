import { groupBy } from '../../server/core/group.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { type Channel, channelsOf } from './channels.ts';
import page from './channel-address-consistent.md';

export default defineApiRule({
  page,
  theme: 'events',
  severity: 'info',
  formats: ['asyncapi'],
  *check(api) {
    // In 2.x a channel's name is its address; in 3.x one without `address` has none that is known.
    const is2 = api.format.version.startsWith('2');
    const channels = channelsOf(api).filter(
      ({ address, place }) => (is2 || place.has('address')) && separatorOf(address) !== undefined,
    );
    // Brokers of different kinds have customs of their own.
    for (const group of groupBy(channels, ({ protocols }) => [...new Set(protocols)].sort().join()).values()) {
      const [most = [], ...others] = [...groupBy(group, ({ address }) => separatorOf(address)).values()].sort(
        (a, b) => b.length - a.length,
      );
      const usual = most[0] && separatorOf(most[0].address);
      if (usual === undefined || others.length === 0 || most.length < Math.max(3, 0.66 * group.length)) continue;
      yield* findingsOf<Channel>(api, {
        among: group,
        keeps: ({ address }) => separatorOf(address) === usual,
        placeOf: ({ place, written }) => (is2 ? written : place.get('address')),
        target: is2 ? 'key' : 'value',
        one: ({ address }) =>
          `\`${address}\` separates its parts with \`${separatorOf(address)}\`, the other channels with \`${usual}\`; use \`${usual}\`.`,
        many: (amount, { address }) =>
          `${amount} channels, such as \`${address}\`, separate their parts otherwise than with \`${usual}\`; use \`${usual}\`.`,
      });
    }
  },
});

/** What separates the parts of an address: the coarsest separator in it, for words within a part may have another. */
function separatorOf(address: string): string | undefined {
  const fixed = address.replaceAll(/\{[^}]*\}/g, 'x').replace(/^\/|\/$/g, '');
  return ['/', '.', ':'].find((separator) => fixed.includes(separator));
}
