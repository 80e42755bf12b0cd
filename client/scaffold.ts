/** What a person starts from, by a few questions: a document, or a part that is brought into the one in front. */
import * as vscode from 'vscode';
import { descriptionInFront, openYaml } from './documents.ts';
import { isDeciding, merge } from './merge.ts';
import type { Scaffold, Server } from './server.ts';

/**
 * Makes a document, a CRUD resource, a webhook or an event. A part goes into the document in front where that is one of
 * its kind, after the change was shown; else it opens as a document of its own. `given` are the answers of a caller.
 */
export async function scaffold(server: Server, given?: Scaffold): Promise<void> {
  if (isDeciding()) return;
  // What is in front when the person begins is meant, whatever is when they have answered.
  const front = descriptionInFront();
  const wanted = given ?? (await ask(front));
  if (!wanted) return;
  const text = await server.run('lintel.scaffold', wanted);
  if (front && front.kind === kindOfPart(wanted.kind)) await merge(server, front.document, text);
  else await openYaml(text);
}

/** In which documents this is a part; undefined where it is a document itself. */
function kindOfPart(kind: Scaffold['kind']): 'openapi' | 'asyncapi' | undefined {
  if (kind === 'event') return 'asyncapi';
  return kind === 'resource' || kind === 'webhook' ? 'openapi' : undefined;
}

interface Choice extends vscode.QuickPickItem {
  readonly makes: Scaffold['kind'];
  /** The rest of the questions; undefined where the person stops. */
  answers(title: string): Promise<Scaffold | undefined>;
}

const choices: readonly Choice[] = [
  { makes: 'openapi', label: 'OpenAPI 3.1 Document', description: 'with one resource', answers: openApi('3.1') },
  { makes: 'openapi', label: 'OpenAPI 3.2 Document', description: 'with one resource', answers: openApi('3.2') },
  {
    makes: 'asyncapi',
    label: 'AsyncAPI 3 Document',
    description: 'with one event',
    async answers(heading) {
      const title = await input(heading, 'What is it called?', 'Shop events');
      const event = title && (await input(heading, 'What has happened?', 'order created'));
      return event ? { kind: 'asyncapi', title, event } : undefined;
    },
  },
  {
    makes: 'resource',
    label: 'CRUD Resource',
    description: 'list, create, get, update, delete',
    async answers(heading) {
      const name = await input(heading, 'What are they called, in the plural?', 'orders');
      return name ? { kind: 'resource', name } : undefined;
    },
  },
  {
    makes: 'webhook',
    label: 'Webhook',
    description: 'signed, acknowledged, delivered at least once',
    async answers(heading) {
      const event = await input(heading, 'What has happened?', 'order.paid');
      return event ? { kind: 'webhook', event } : undefined;
    },
  },
  {
    makes: 'event',
    label: 'Event',
    description: 'with its metadata; a received one with its dead-letter topic',
    async answers(heading) {
      const event = await input(heading, 'What has happened?', 'order paid');
      const ways = [
        { label: 'Sent', description: 'by this application', action: 'send' as const },
        { label: 'Received', description: 'by this application', action: 'receive' as const },
      ];
      const way = event && (await vscode.window.showQuickPick(ways, { title: heading, placeHolder: 'Is it sent or received?' }));
      return event && way ? { kind: 'event', event, action: way.action } : undefined;
    },
  },
];

/** Asks what to make. Parts say where they go: into the description in front, or a document of their own. */
async function ask(front: ReturnType<typeof descriptionInFront>): Promise<Scaffold | undefined> {
  const name = front && vscode.workspace.asRelativePath(front.document.uri);
  const items = choices.map((choice) => {
    const part = kindOfPart(choice.makes);
    const detail = part && (part === front?.kind ? `Into ${name}, after a comparison` : 'As a document of its own');
    return { ...choice, ...(detail && { detail }) };
  });
  const choice = await vscode.window.showQuickPick(items, { title: 'New Specification or Part of One' });
  return choice?.answers(choice.label);
}

function openApi(version: '3.1' | '3.2'): Choice['answers'] {
  return async (heading) => {
    const title = await input(heading, 'What is the API called?', 'Shop');
    const resource = title && (await input(heading, 'What is its first resource, in the plural?', 'orders'));
    return resource ? { kind: 'openapi', title, version, resource } : undefined;
  };
}

/** Asks for a name, which has a letter at least, and offers one; undefined where the person stops. */
async function input(title: string, prompt: string, example: string): Promise<string | undefined> {
  const validateInput = (value: string) =>
    /\p{L}/u.test(value) ? undefined : { message: `A name with letters, for example: ${example}`, severity: error };
  // It stands there selected: what is typed takes its place, and Enter alone goes on.
  const typed = await vscode.window.showInputBox({ title, prompt, value: example, validateInput, ignoreFocusOut: true });
  return typed?.trim();
}

const error = vscode.InputBoxValidationSeverity.Error;
