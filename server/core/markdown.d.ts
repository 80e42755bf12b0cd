/** A rule's page: imported as text (see test/register.mjs for Node, esbuild.mjs for the bundle). */
declare module '*.md' {
  const text: string;
  export default text;
}
