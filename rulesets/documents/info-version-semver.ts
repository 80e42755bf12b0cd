import { defineApiRule } from '../../server/core/rule.ts';
import page from './info-version-semver.md';

const semantic = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

export default defineApiRule({
  page,
  theme: 'lifecycle',
  severity: 'info',
  optIn: true,
  formats: ['openapi', 'asyncapi'],
  *check(api) {
    const at = api.get('info', 'version');
    const version = at.string ?? (at.number === undefined ? undefined : String(at.number));
    // A date is a scheme of its own, and an honest one.
    if (version === undefined || semantic.test(version) || /^\d{4}-?\d\d(?:-?\d\d)?/.test(version)) return;
    yield { at, target: 'value', message: `The version \`${version}\` does not say what changed; use \`major.minor.patch\`.` };
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit) {
      const parts = /^v?(\d+)(?:\.(\d+))?$/i.exec(String(at.value));
      if (!parts) return undefined;
      edit(at).set(at.path, `${Number(parts[1])}.${Number(parts[2] ?? 0)}.0`);
      return 'Write it as major.minor.patch';
    },
  },
});
