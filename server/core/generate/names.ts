/** Names in documents and code that are made. */

/** A name that nobody has yet, which is then taken: the name itself, else with a number behind it. */
export function unused(name: string, taken: Set<string>): string {
  let id = name;
  for (let count = 2; taken.has(id); count++) id = `${name}${count}`;
  taken.add(id);
  return id;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
