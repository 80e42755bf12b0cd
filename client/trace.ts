/**
 * The library traces by the level of its channel and ignores the setting when that is not `trace`. This channel takes
 * its level from the setting `lintel.trace.server`, so that the setting alone decides, and writes where one can see it.
 */
import * as vscode from 'vscode';

/** A view of the output channel for the messages between editor and server. */
export function traceChannel(output: vscode.LogOutputChannel): {
  channel: vscode.LogOutputChannel;
  subscription: vscode.Disposable;
} {
  const levels = new vscode.EventEmitter<vscode.LogLevel>();
  const changes = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('lintel.trace')) levels.fire(levelOfSetting());
  });
  const channel = Object.create(output, {
    logLevel: { get: levelOfSetting },
    onDidChangeLogLevel: { value: levels.event },
    trace: { value: (message: string, ...args: unknown[]) => output.info(message, ...args) },
  });
  return { channel, subscription: vscode.Disposable.from(levels, changes) };
}

function levelOfSetting(): vscode.LogLevel {
  const setting = vscode.workspace.getConfiguration('lintel').get<string>('trace.server', 'off');
  return setting === 'off' ? vscode.LogLevel.Off : vscode.LogLevel.Trace;
}
