/** Installs the servers the tests of snippets talk to and this machine lacks. `node test/snippets/setup.ts`. */
import { say } from '../editor/process.ts';
import { installPackages } from '../editor/setup.ts';
import { missingServers } from './servers.ts';

const missing = process.platform === 'linux' ? missingServers() : [];
if (missing.length > 0) say(`Getting ${missing.join(' and ')} …`);
await installPackages(missing);
