/** What a person starts from, by a few questions: a document, or a part that is brought into the one in front. */
import * as vscode from 'vscode';
import { openYaml } from './documents.ts';
import { merge } from './merge.ts';
import type { Scaffold, Server } from './server.ts';

/**
 * Makes a document, a CRUD resource, a webhook or an event. A part goes into the document in front where that is one of
 * its kind, after the change was shown; else it opens as a document of its own. `given` are the answers of a caller.
 */
export async function scaffold(server: Server, given?: Scaffold): Promise<void> {
  const wanted = given ?? (await ask());
  if (!wanted) return;
  const text = await server.run('lintel.scaffold', wanted);
  const target = isPart(wanted) ? documentInFront(wanted.kind === 'event' ? 'asyncapi' : 'openapi') : undefined;
  if (!target) {
    await openYaml(text);
    return;
  }
  await merge(server, target, text);
}

function isPart({ kind }: Scaffold): boolean {
  return kind === 'resource' || kind === 'webhook' || kind === 'event';
}

function documentInFront(kind: 'openapi' | 'asyncapi'): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  const found = document && /^\s*["']?(openapi|asyncapi)["']?\s*:/m.exec(document.getText())?.[1];
  return found === kind ? document : undefined;
}

interface Choice extends vscode.QuickPickItem {
  /** The rest of the questions; undefined where the person stops. */
  answers(): Promise<Scaffold | undefined>;
}

const choices: readonly Choice[] = [
  {
    label: 'OpenAPI 3.1 Document',
    description: 'with one resource',
    answers: () => openApi('3.1'),
  },
  { label: 'OpenAPI 3.2 Document', description: 'with one resource', answers: () => openApi('3.2') },
  {
    label: 'AsyncAPI 3 Document',
    description: 'with one event',
    async answers() {
      const title = await input('What is it called?', 'Shop events');
      const event = title && (await input('What has happened?', 'order created'));
      return event ? { kind: 'asyncapi', title, event } : undefined;
    },
  },
  {
    label: 'CRUD Resource',
    description: 'list, create, get, update, delete',
    async answers() {
      const name = await input('What are they called, in the plural?', 'orders');
      return name ? { kind: 'resource', name } : undefined;
    },
  },
  {
    label: 'Webhook',
    description: 'signed, acknowledged, delivered at least once',
    async answers() {
      const event = await input('What has happened?', 'order.paid');
      return event ? { kind: 'webhook', event } : undefined;
    },
  },
  {
    label: 'Event',
    description: 'with its metadata; a received one with its dead-letter topic',
    async answers() {
      const event = await input('What has happened?', 'order paid');
      const ways = [
        { label: 'Sent', action: 'send' as const },
        { label: 'Received', action: 'receive' as const },
      ];
      const way = event && (await vscode.window.showQuickPick(ways, { title: 'By the application it is …' }));
      return event && way ? { kind: 'event', event, action: way.action } : undefined;
    },
  },
];

async function ask(): Promise<Scaffold | undefined> {
  const choice = await vscode.window.showQuickPick(choices, { title: 'New Specification or Part of One' });
  return choice?.answers();
}

async function openApi(version: '3.1' | '3.2'): Promise<Scaffold | undefined> {
  const title = await input('What is the API called?', 'Shop');
  const resource = title && (await input('What is its first resource, in the plural?', 'orders'));
  return resource ? { kind: 'openapi', title, version, resource } : undefined;
}

async function input(prompt: string, placeHolder: string): Promise<string | undefined> {
  return (await vscode.window.showInputBox({ prompt, placeHolder, ignoreFocusOut: true }))?.trim() || undefined;
}
