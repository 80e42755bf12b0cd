/**
 * Generates the OpenAPI document of checked-out applications and scores it against the contract each of them publishes.
 *
 * `npm run score:generate -- CHECKOUT… [--misses]` for the repositories of the table below, told by the last parts of the
 * checkout's path; `npm run score:generate -- CHECKOUT --entry FILE… --spec FILE [--base PATH]` for any other.
 * Recall is the share of the contract that the code's document has, precision the share of the document that the
 * contract has, counted over operations that both have. A contract that lacks what the code does costs precision; one
 * that says nothing of a body but that it is an object says nothing for or against its properties.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rules } from '../rulesets/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { parseApiDocument } from '../server/core/document.ts';
import { dataOf } from '../server/core/tree/tree.ts';
import { nodeHost } from '../server/host.ts';

/** A repository that has both code and contract. Paths start at the checkout. */
export interface Target {
  readonly entries: readonly string[];
  readonly spec: string;
  /** What the contract's paths stand below in the code; the path of its first server where this is absent. */
  readonly base?: string;
  /** Only operations below this path are compared: a contract of a part of the application. */
  readonly only?: string;
  /**
   * Operations the code serves, seen by a person, that the contract lacks: `GET /path`, or all that are deprecated; `any` where
   * the contract is of a part of the application that no path tells.
   */
  readonly undocumented?: readonly string[] | 'deprecated' | 'any';
  /** Operations of the contract that another program serves, as a person has seen. */
  readonly elsewhere?: RegExp;
  /**
   * The property below which the code, seen by a person, answers what the contract describes without it: `data`. Counted
   * are the properties below it, where more of an operation's agree that way.
   */
  readonly envelope?: string;
}

const known: Readonly<Record<string, Target>> = {
  'sct/overseerr': {
    entries: ['server/index.ts'],
    spec: 'overseerr-api.yml',
    undocumented: ['GET /api/v1'],
  },
  'gothinkster/node-express-realworld-example-app': {
    entries: ['src/main.ts'],
    spec: '../realworld/api/openapi.yml',
    undocumented: ['GET /'],
  },
  'lujakob/nestjs-realworld-example-app': {
    entries: ['src/main.ts'],
    spec: '../../gothinkster/realworld/api/openapi.yml',
    undocumented: ['GET /api', 'DELETE /api/users/{slug}'],
  },
  'akbarnafisa/realworld-express': {
    entries: ['apps/server-express-prisma/src/server.ts'],
    spec: 'specs/openAPI.yml',
  },
  'hirosystems/stacks-blockchain-api': {
    entries: ['src/api/init.ts'],
    spec: 'openapi.yaml',
    base: '',
    undocumented: 'deprecated',
  },
  'formbricks/formbricks v1': {
    entries: ['apps/web/next.config.mjs'],
    spec: 'docs/api-reference/openapi.json',
    base: '',
    only: '/api/v1',
  },
  'formbricks/formbricks v2': {
    entries: ['apps/web/next.config.mjs'],
    spec: 'docs/api-v2-reference/openapi.yml',
    only: '/api/v2',
    envelope: 'data',
  },
  'formbricks/formbricks v3': {
    entries: ['apps/web/next.config.mjs'],
    spec: 'docs/api-v3-reference/openapi.yml',
    only: '/api/v3',
    undocumented: 'any',
  },
  'nestjs/swagger': {
    entries: ['e2e/validate-schema.e2e-spec.ts'],
    spec: 'e2e/api-spec.json',
  },
  'outline/outline': {
    entries: ['server/index.ts'],
    spec: '../openapi/spec3.json',
    base: '/api',
    undocumented: 'any',
  },
  'BoltzExchange/boltz-backend': {
    entries: ['lib/api/Api.ts'],
    spec: 'swagger-spec.json',
    base: '/v2',
    undocumented: 'any',
    elsewhere: /\/v2\/(?:lightning|quote|asset|swap\/(?:rescue|restore|\{\}\/stats))\b/,
  },
  'karakeep-app/karakeep': {
    entries: ['packages/api/index.ts'],
    spec: 'packages/open-api/karakeep-openapi-spec.json',
    base: '/v1',
    undocumented: 'any',
  },
  'Cooldown-Inc/kaneo': { entries: ['apps/api/src/index.ts'], spec: 'apps/api/openapi.json', undocumented: ['GET /api/openapi'] },
  'ever-co/ever-traduora': {
    entries: ['api/src/main.ts'],
    spec: 'docs-website/static/docs/api/v1/swagger.json',
    undocumented: ['GET /api/v1/projects/{}/terms/filter-by-label'],
  },
  'firecrawl/firecrawl': {
    entries: ['apps/api/src/index.ts'],
    spec: 'apps/api/v1-openapi.json',
    base: '/v1',
    only: '/v1',
    undocumented: 'any',
  },
  'NangoHQ/nango': { entries: ['packages/server/lib/server.ts'], spec: 'docs/spec.yaml', undocumented: 'any' },
  'BilalG1/openslaq': { entries: ['apps/api/src/index.ts'], spec: 'apps/api/openapi.json', undocumented: 'any' },
  'EgorMalyshev99/invest-navi': { entries: ['apps/api/src/main.ts'], spec: 'apps/api/openapi.json' },
  'bonukai/MediaTracker': { entries: ['server/src/server.ts'], spec: 'server/openapi.json' },
  'advplyr/audiobookshelf': { entries: ['index.js'], spec: 'docs/openapi.json', base: '', undocumented: 'any' },
  'growthbook/growthbook': {
    entries: ['packages/back-end/src/app.ts'],
    spec: 'docs/openapi.yaml',
    base: '/api',
    undocumented: 'any',
  },
  'asyncapi/server-api': { entries: ['src/server.ts'], spec: 'openapi.yaml', base: '/v1', undocumented: 'any' },
  'interledger/rafiki card-service': {
    entries: ['packages/card-service/src/index.ts'],
    spec: 'packages/card-service/src/openapi/specs/card-server.yaml',
    base: '',
    undocumented: ['GET /healthz'],
  },
  'interledger/rafiki auth': {
    entries: ['packages/auth/src/index.ts'],
    spec: 'packages/auth/src/openapi/specs/id-provider.yaml',
    base: '',
    undocumented: 'any',
  },
  'boxyhq/jackson': { entries: ['next.config.js'], spec: 'swagger/swagger.json', undocumented: 'any', envelope: 'data' },
  'langfuse/langfuse': {
    entries: ['web/next.config.mjs'],
    spec: 'web/public/generated/api/openapi.yml',
    base: '',
    only: '/api/public',
    undocumented: 'any',
  },
  'openstatusHQ/openstatus': {
    entries: ['apps/server/src/index.ts'],
    spec: 'apps/server/static/openapi-v1.json',
    base: '/v1',
    undocumented: 'any',
  },
  'tri-star/chase-light': {
    entries: ['packages/backend/src/app.ts'],
    spec: 'packages/backend/openapi.json',
    undocumented: 'any',
  },
  'floyd-run/engine': { entries: ['apps/server/src/app.ts'], spec: 'apps/server/openapi.json', base: '', undocumented: 'any' },
  'dengzhaofun/apollokit': {
    entries: ['apps/server/src/index.ts'],
    spec: 'packages/sdk-core/specs/openapi-admin.json',
    undocumented: 'any',
  },
  'djensenius/Telephone-Booth-Operator': {
    entries: ['packages/api/src/index.ts'],
    spec: 'packages/api/openapi.yaml',
    undocumented: 'any',
  },
  'edge-base/edgebase': {
    entries: ['packages/server/src/index.ts'],
    spec: 'packages/server/openapi.json',
    base: '',
    undocumented: 'any',
  },
  'gethookwing/hookwing': {
    entries: ['packages/api/src/index.ts'],
    spec: 'packages/api/openapi.yaml',
    base: '',
    undocumented: 'any',
  },
  'stx-labs/stacks-mesh-api': { entries: ['packages/api/src/index.ts'], spec: 'packages/api/openapi.yaml', undocumented: 'any' },
  'Azure-Samples/contoso-real-estate': {
    entries: ['packages/stripe/src/app.ts'],
    spec: 'packages/stripe/openapi.yaml',
    base: '',
    undocumented: 'any',
  },
  'hyperdxio/hyperdx': {
    entries: ['packages/api/src/index.ts'],
    spec: 'packages/api/openapi.json',
    base: '',
    undocumented: 'any',
  },
  'wbcsd/pact-directory-service': { entries: ['apps/api/src/index.ts'], spec: 'apps/api/openapi.yaml', undocumented: 'any' },
  'overture-stack/lectern': {
    entries: ['apps/server/src/app.ts'],
    spec: 'apps/server/src/config/swagger.json',
    undocumented: 'any',
  },
  'aalbahar80/aqaratech': {
    entries: ['packages/backend/src/main.ts'],
    spec: 'packages/backend/openapi.yaml',
    base: '',
    undocumented: 'any',
  },
  '0xdeni/otsem-api': { entries: ['src/main.ts'], spec: 'openapi.json', undocumented: 'any' },
  'jfilter/timetiles': { entries: ['apps/web/next.config.mjs'], spec: 'apps/web/public/openapi.json', undocumented: 'any' },
  'ljreaux/MeadTools': { entries: ['apps/web/next.config.ts'], spec: 'apps/web/public/openapi.json', undocumented: 'any' },
  'giorgosn/openclaw-crm': { entries: ['apps/web/next.config.ts'], spec: 'apps/web/public/openapi.json', undocumented: 'any' },
  'FlowiseAI/Flowise': {
    entries: ['packages/server/src/index.ts'],
    spec: 'packages/api-documentation/src/yml/swagger.yml',
    base: '/api/v1',
    undocumented: 'any',
  },
  'Mintplex-Labs/anything-llm': {
    entries: ['server/index.js'],
    spec: 'server/swagger/openapi.json',
    base: '/api',
    undocumented: 'any',
  },
  'nightscout/cgm-remote-monitor': {
    entries: ['lib/server/server.js'],
    spec: 'lib/server/swagger.yaml',
    base: '/api/v1',
    undocumented: 'any',
  },
  'bcgov/common-object-management-service': {
    entries: ['app/app.js'],
    spec: 'app/src/docs/v1.api-spec.yaml',
    undocumented: 'any',
  },
  'bcgov/tenant-management-system': {
    entries: ['backend/src/index.ts'],
    spec: 'backend/src/docs/openapi.yaml',
    undocumented: 'any',
  },
  'trycompai/comp': { entries: ['apps/api/src/main.ts'], spec: 'packages/docs/openapi.json', base: '', undocumented: 'any' },
  'superglue-ai/superglue': { entries: ['packages/core/index.ts'], spec: 'docs/openapi.yaml', undocumented: 'any' },
  'sakilabs/openbts': {
    entries: ['apps/server/src/index.ts'],
    spec: 'apps/server/static/openapi.yaml',
    undocumented: 'any',
  },
  'sourcebot-dev/sourcebot': {
    entries: ['packages/web/next.config.mjs'],
    spec: 'docs/api-reference/sourcebot-public.openapi.json',
    undocumented: 'any',
  },
  'ardriveapp/turbo-payment-service': { entries: ['src/index.ts'], spec: 'docs/openapi.yaml', undocumented: 'any' },
  'EmeditWeb/Amana': { entries: ['backend/src/index.ts'], spec: 'backend/src/docs/openapi.yaml', undocumented: 'any' },
  'DDenysKoval/Travellers_Back': { entries: ['src/index.js'], spec: 'docs/swagger.json', undocumented: 'any' },
  'p-wegner/agentic-kanban': {
    entries: ['packages/server/src/index.ts'],
    spec: 'packages/server/openapi.yaml',
    undocumented: 'any',
  },
  'AverageHelper/recorded-finance': { entries: ['server/main.ts'], spec: 'server/openapi.yaml', base: '', undocumented: 'any' },
  'Brianclark490/CPCRM': { entries: ['apps/api/src/index.ts'], spec: 'apps/api/openapi.json', undocumented: 'any' },
  'ChristianEarle/filmroomfantasy': { entries: ['server/src/index.ts'], spec: 'server/openapi.yaml', undocumented: 'any' },
  'Agri-fund/agri-fi': { entries: ['backend/src/main.ts'], spec: 'backend/openapi.json', undocumented: 'any' },
  'Dezoxy/secmes': { entries: ['apps/api/src/main.ts'], spec: 'apps/api/openapi.json' },
  'Ariedam64/Magic-Garden-API': { entries: ['src/index.js'], spec: 'src/docs/openapi.yaml', undocumented: 'any' },
  'rolling-scopes/rsschool-app': { entries: ['nestjs/src/main.ts'], spec: 'nestjs/src/spec.json', base: '' },
  'RaxTzu/AtlasP2P': { entries: ['apps/web/next.config.ts'], spec: 'apps/web/public/openapi.yaml', undocumented: 'any' },
  'kroqdotdev/webhooks-cc': { entries: ['apps/web/next.config.ts'], spec: 'apps/web/public/openapi.yaml', undocumented: 'any' },
  'ReachDem/reachdem': { entries: ['apps/web/next.config.ts'], spec: 'apps/web/public/openapi.yaml', undocumented: 'any' },
  'woodnx/iQbe': {
    entries: ['packages/backend/src/index.ts'],
    spec: 'packages/api/openapi.yaml',
    base: '/api',
    undocumented: 'any',
  },
  'lacasoft/openrelay': { entries: ['packages/api/src/index.ts'], spec: 'packages/api/openapi.yaml', undocumented: 'any' },
  'oldeucryptoboi/KarnEvil9': {
    entries: ['packages/api/src/server.ts'],
    spec: 'packages/api/openapi.yaml',
    undocumented: 'any',
  },
  'winstar/percolator-launch': { entries: ['packages/api/src/index.ts'], spec: 'packages/api/openapi.yaml', undocumented: 'any' },
  'Longwelwind/space-bots': { entries: ['src/main.ts'], spec: 'src/openapi.yaml', base: '/v1', undocumented: 'any' },
  'agentgram/agentgram': { entries: ['apps/web/next.config.ts'], spec: 'apps/web/public/openapi.json', undocumented: 'any' },
  '0base-vc/whoearns-live': { entries: ['src/entrypoints/api.ts'], spec: 'docs/openapi.yaml', undocumented: 'any' },
  '0xSysR3ll/scroblarr': { entries: ['packages/backend/src/index.ts'], spec: 'packages/backend/src/api/openapi.yaml' },
  'idpass/idpass-data-collect': {
    entries: ['packages/backend/src/index.ts'],
    spec: 'packages/backend/openapi.yaml',
    base: '/api',
    undocumented: 'any',
  },
  '4444J99/life-my--midst--in api': {
    entries: ['apps/api/src/index.ts'],
    spec: 'apps/api/openapi.yaml',
    base: '',
    undocumented: 'any',
  },
  '4444J99/life-my--midst--in orchestrator': {
    entries: ['apps/orchestrator/src/index.ts'],
    spec: 'apps/orchestrator/openapi.yaml',
    undocumented: 'any',
  },
  'web-dev-sayantan/cricket247': {
    entries: ['apps/server/src/index.ts'],
    spec: 'apps/server/openapi.json',
    undocumented: 'any',
  },
  'DudaLipinski/cube-prep': {
    entries: ['apps/api/src/server.ts'],
    spec: 'apps/api/openapi.json',
    undocumented: 'any',
  },
  'agentgazer/agentgazer': {
    entries: ['packages/server/src/index.ts'],
    spec: 'packages/server/openapi.yaml',
    undocumented: 'any',
  },
  'RoboticaCesmac/rotaonco': {
    entries: ['apps/server/src/index.ts'],
    spec: 'apps/server/openapi.yaml',
    base: '/api',
    undocumented: 'any',
  },
  'CalloraOrg/Callora-Backend': { entries: ['src/app.ts'], spec: 'src/openapi.yaml', base: '', undocumented: 'any' },
  'NodeBB/NodeBB': { entries: ['app.js'], spec: 'public/openapi/write.yaml', undocumented: 'any' },
  'Sofie-Automation/sofie-core': {
    entries: ['meteor/server/main.ts'],
    spec: 'packages/openapi/api/actions.yaml',
    undocumented: 'any',
  },
  'QalbeAli/hatchy-api': { entries: ['src/index.ts'], spec: 'src/tsoa/swagger.json', base: '' },
  'AnthonyPengelly/dodgeball-manager-api': { entries: ['src/index.ts'], spec: 'public/swagger.json', undocumented: 'any' },
  'credebl/agent-controller': { entries: ['src/index.ts'], spec: 'src/routes/swagger.json', base: '', undocumented: 'any' },
  'openwallet-foundation/credo-ts-ext': {
    entries: ['packages/rest/src/index.ts'],
    spec: 'packages/rest/src/generated/swagger.json',
    base: '',
  },
  'DeadshotOMEGA/sentinel': {
    entries: ['apps/backend/src/index.ts'],
    spec: 'apps/backend/openapi.json',
    base: '',
    undocumented: 'any',
  },
  'galarzafrancisco/ai-monorepo': {
    entries: ['apps/backend/src/main.ts'],
    spec: 'packages/shared/contracts/openapi.json',
    base: '',
  },
  'ForteFibre/docshare': {
    entries: ['apps/backend/src/index.ts'],
    spec: 'apps/backend/openapi.json',
    base: '',
    undocumented: 'any',
  },
  'Dynamo285K/Waymate': { entries: ['apps/api/src/index.ts'], spec: 'apps/api/openapi.json', base: '', undocumented: 'any' },
  'EphraimB/budgeting': { entries: ['server/src/server.ts'], spec: 'server/swagger.json', base: '/api', undocumented: 'any' },
  'nya1/rest-api-boilerplate': { entries: ['src/app.ts'], spec: 'openapi.spec.json', base: '' },
  'Zeffuro/fakegaming-bot': { entries: ['packages/api/src/index.ts'], spec: 'packages/api/openapi.json', undocumented: 'any' },
  'OxyHQ/OxyHQServices': { entries: ['packages/api/src/server.ts'], spec: 'packages/api/openapi.json', undocumented: 'any' },
  'CarlxsMG/mcpbridge': { entries: ['src/index.ts'], spec: 'src/openapi.yaml', undocumented: 'any' },
  'givepraise/praise': { entries: ['packages/api/src/main.ts'], spec: 'packages/api/openapi.json', undocumented: 'any' },
  '210102001-rgb/OpenWA': { entries: ['src/main.ts'], spec: 'openapi.json', undocumented: 'any' },
  'Gustav0ar/Self-RSS': { entries: ['packages/api/src/index.ts'], spec: 'packages/api/openapi.json', undocumented: 'any' },
  'halideworks/onelight': { entries: ['packages/api/src/index.ts'], spec: 'packages/api/openapi.json', undocumented: 'any' },
  'panoratech/Panora': {
    entries: ['packages/api/src/main.ts'],
    spec: 'packages/api/swagger/swagger-spec.yaml',
    undocumented: 'any',
  },
  'ignaguri/oktoberfest-attendance': {
    entries: ['packages/api/src/index.ts'],
    spec: 'packages/api/openapi.json',
    base: '',
    undocumented: 'any',
  },
  'bcgov/common-hosted-form-service': {
    entries: ['app/app.js'],
    spec: 'app/src/docs/v1.api-spec.yaml',
    base: '/app/api/v1',
    undocumented: 'any',
  },
  'fallenbagel/jellyseerr': { entries: ['server/index.ts'], spec: 'jellyseerr-api.yml', undocumented: 'any' },
  'mml555/modelgov': { entries: ['packages/api/src/server.ts'], spec: 'packages/api/openapi.json', undocumented: 'any' },
  'paritytech/substrate-api-sidecar': {
    entries: ['src/main.ts'],
    spec: 'docs-v2/openapi-v1.yaml',
    base: '',
    undocumented: 'any',
  },
  'MapColonies/job-manager': { entries: ['src/index.ts'], spec: 'openapi3.yaml' },
  'BuildTheEarth/web': { entries: ['apps/api/index.ts'], spec: 'apps/api/swagger.json', undocumented: 'any' },
  'denizzeybek/spendly': {
    entries: ['apps/api/src/index.ts'],
    spec: 'apps/api/swagger.json',
    base: '',
    undocumented: ['GET /health', 'GET /swagger.json'],
  },
  'danielvsantos/bliss': {
    entries: ['apps/backend/src/index.js'],
    spec: 'apps/backend/openapi.yaml',
    base: '',
    undocumented: 'any',
  },
  'pedrolgcs/monorepo-fastify-nextjs-auth': { entries: ['apps/api/src/http/server.ts'], spec: 'apps/api/swagger.json' },
  'hi-hyunjung/abc-user-feedback': {
    entries: ['apps/api/src/main.ts'],
    spec: 'apps/api/swagger.json',
    base: '/api',
    undocumented: 'any',
  },
  'rafaeltab/Finance': { entries: ['services/user/api/src/main.ts'], spec: 'services/user/api/swagger.json' },
  'podverse/podverse-api': {
    entries: ['src/server.ts'],
    spec: 'src/public/swagger.json',
    base: '',
    undocumented: 'any',
    // Described still, served no more.
    elsewhere: /^\/(?:bitpay\/|claim-account$|user\/(?:(?:update|add-or-update)-(?:history-item|queue)|history-item))/,
  },
  'jonwesneski/recipehall': { entries: ['apps/api/src/main.ts'], spec: 'apps/api/swagger.json' },
  'mattwilson02/leaselink': { entries: ['apps/api/src/infra/main.ts'], spec: 'apps/api/swagger.json' },
  'ronaldophc/la-resenha-fc': { entries: ['apps/api/src/main.ts'], spec: 'apps/api/swagger.json' },
  'Dhalintin/didsecplus': { entries: ['src/server.ts'], spec: 'src/docs/openapi.yaml', base: '/api/v1', undocumented: 'any' },
  'spacebarchat/server': { entries: ['src/bundle/start.ts'], spec: 'assets/openapi.json', base: '', undocumented: 'any' },
  'ethereum/sourcify': {
    entries: ['services/server/src/server/cli.ts'],
    spec: 'services/server/src/openapi.yaml',
    base: '',
    undocumented: 'any',
  },
  'ar-io/ar-io-node': {
    entries: ['src/app.ts'],
    spec: 'docs/openapi.yaml',
    base: '',
    undocumented: 'any',
    elsewhere: /^\/(?:info|peers|height|tx_anchor|price|wallet|current_block|block|tx)\b/,
  },
  'cheqd/studio': { entries: ['src/index.ts'], spec: 'src/static/swagger-api.json', base: '', undocumented: 'any' },
  'dittofeed/dittofeed': {
    entries: ['packages/api/scripts/startServer.ts'],
    spec: 'packages/docs/open-api.json',
    base: '',
    undocumented: 'any',
    elsewhere: /^\/(?:internal-)?api-l\//,
  },
  'blockfrost/blockfrost-backend-ryo': {
    entries: ['src/server.ts'],
    spec: '../openapi/openapi.yaml',
    base: '',
    undocumented: 'any',
    elsewhere: /^\/(?:mempool|ipfs|metrics|tx\/submit|utils\/txs)\b/,
  },
  'usesend/useSend': {
    entries: ['apps/web/next.config.js'],
    spec: 'apps/docs/api-reference/openapi.json',
    base: '/api',
    only: '/api/v1',
    undocumented: 'any',
  },
  'langwatch/langwatch': {
    entries: ['platform/app/src/start.ts'],
    spec: 'docs/api-reference/openapiLangWatch.json',
    base: '',
    undocumented: 'any',
  },
  'ardriveapp/turbo-upload-service': { entries: ['src/index.ts'], spec: 'docs/openapi.yaml', base: '', undocumented: 'any' },
  '0motionguy/starscreener': { entries: ['next.config.ts'], spec: 'docs/openapi.json', base: '', undocumented: 'any' },
  'Adeline117/ranking-arena': { entries: ['next.config.ts'], spec: 'docs/openapi.yaml', base: '/api', undocumented: 'any' },
  'bluewave-labs/Checkmate': { entries: ['server/src/index.ts'], spec: 'server/openapi.json', undocumented: 'any' },
  'wppconnect-team/wppconnect-server': { entries: ['src/index.ts'], spec: 'src/swagger.json' },
  'nanalmoa/nanalmoa': { entries: ['packages/server/src/main.ts'], spec: 'packages/server/swagger.json' },
  'gabboman/wafrn': { entries: ['packages/backend/index.ts'], spec: 'packages/backend/swagger.json', undocumented: 'any' },
  'stinbox/hono-openapi-on-express': {
    entries: ['apps/server/src/index.ts'],
    spec: 'apps/server/openapi.json',
    undocumented: 'any',
  },
  'Taller2-Fiuumber/Fiuumber.api.payments': {
    entries: ['src/server.js'],
    spec: 'src/public/swagger.json',
    undocumented: 'any',
  },
  'evgomes/node-notes-api': { entries: ['src/server.ts'], spec: 'src/public/swagger.json' },
  'Joystream/joystream': {
    entries: ['storage-node/src/commands/server.ts'],
    spec: 'storage-node/src/api-spec/openapi.yaml',
  },
  'Joystream/orion': { entries: ['src/auth-server/index.ts'], spec: 'src/auth-server/openapi.yml' },
  'jsdelivr/globalping': { entries: ['src/index.ts'], spec: 'public/v1/spec.yaml', undocumented: 'any' },
  'stac-utils/stac-server': {
    entries: ['src/lambdas/api/index.ts'],
    spec: 'src/lambdas/api/openapi.yaml',
    undocumented: 'any',
  },
  'web3-storage/web3.storage': {
    entries: ['packages/api/src/index.js'],
    spec: 'packages/website/public/schema.yml',
    base: '',
    undocumented: 'any',
  },
  'CVEProject/cve-services': { entries: ['src/index.js'], spec: 'api-docs/openapi.json', undocumented: 'any' },
  'Uniswap/unified-routing-api': { entries: ['bin/app.ts'], spec: 'swagger.json', base: '' },
  'Azure-Samples/todo-nodejs-mongo': { entries: ['src/api/src/index.ts'], spec: 'openapi.yaml', base: '' },
};

type Json = Record<string, unknown>;

/** Right ones among those wanted and those found. */
export interface Tally {
  readonly wanted: number;
  readonly found: number;
  readonly right: number;
  readonly missed: readonly string[];
  readonly extra: readonly string[];
}

/** How well a document agrees with a contract. */
export interface Scores {
  readonly operations: Tally;
  readonly query: Tally;
  readonly requestProperties: Tally;
  readonly responseProperties: Tally;
  readonly successStatuses: Tally;
  readonly errorStatuses: Tally;
  /** Operations that ask for authentication. */
  readonly security: Tally;
  /** Of properties and parameters that both have: the same type. Integer for number counts half. */
  readonly types: { readonly of: number; readonly right: number };
}

interface Operation {
  readonly item: Json;
  readonly operation: Json;
}

/**
 * Compares a document with a contract, both plain values; path parameters are compared by place, not by name.
 * @param base what the contract's paths stand below in the document
 */
export function compare(
  document: Json,
  contract: Json,
  base: string,
  undocumented: Target['undocumented'] = [],
  envelope?: string,
): Scores {
  const found = operationsOf(document, '');
  const wanted = operationsOf(contract, base);
  const adjudicated = new Set(typeof undocumented === 'string' ? [] : undocumented.map(normal));
  const isKnown = (key: string) =>
    adjudicated.has(key) ||
    (undocumented === 'any' && !wanted.has(key)) ||
    (undocumented === 'deprecated' && !wanted.has(key) && found.get(key)?.operation.deprecated === true);
  const known = [...found.keys()].filter((key) => !isKnown(key));
  const both = [...wanted.keys()].filter((key) => found.has(key));
  const types = { of: 0, right: 0 };
  const over = (read: (root: Json, operation: Operation) => Map<string, string>, isBody = false) => {
    const [want, have] = [new Map<string, string>(), new Map<string, string>()];
    for (const key of both) {
      const [ours, theirs] = [wanted.get(key) as Operation, found.get(key) as Operation];
      const said = read(contract, ours);
      if (isBody && said.size === 0 && isOpen(contract, ours, read)) continue;
      const plain = read(document, theirs);
      const inner = envelope && isBody ? below(plain, envelope) : plain;
      const agreeing = (one: Map<string, string>) => [...one.keys()].filter((name) => said.has(name)).length;
      for (const [name, type] of said) want.set(`${key} ${name}`, type);
      for (const [name, type] of agreeing(inner) > agreeing(plain) ? inner : plain) have.set(`${key} ${name}`, type);
    }
    for (const [name, type] of want) {
      const other = have.get(name);
      if (!type || !other) continue;
      types.of++;
      types.right += type === other ? 1 : [type, other].every((one) => /^(integer|number)$/.test(one)) ? 0.5 : 0;
    }
    return tally([...want.keys()], [...have.keys()]);
  };
  return {
    operations: tally([...wanted.keys()], known),
    query: over(queryOf),
    requestProperties: over(requestProperties, true),
    responseProperties: over(responseProperties, true),
    successStatuses: over((_, { operation }) => statuses(operation, /^2/)),
    errorStatuses: over((_, { operation }) => statuses(operation, /^[45]/)),
    security: over(securityOf),
    types,
  };
}

function tally(wanted: readonly string[], found: readonly string[]): Tally {
  const [want, have] = [new Set(wanted), new Set(found)];
  const missed = [...want].filter((key) => !have.has(key));
  const extra = [...have].filter((key) => !want.has(key));
  return { wanted: want.size, found: have.size, right: want.size - missed.length, missed, extra };
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

function normal(key: string): string {
  const path = key.replaceAll(/\{[^}]*\}|(?<=\/):\w+/g, '{}');
  return path.length > 1 ? path.replace(/(?<! )\/$/, '') : path;
}

function operationsOf(root: Json, base: string): Map<string, Operation> {
  const found = new Map<string, Operation>();
  for (const [path, item] of Object.entries(record(root.paths))) {
    for (const [method, operation] of Object.entries(record(item))) {
      if (!methods.has(method)) continue;
      const key = normal(`${method.toUpperCase()} ${base}${path}`);
      found.set(key, { item: record(item), operation: record(operation) });
    }
  }
  return found;
}

function queryOf(root: Json, { item, operation }: Operation): Map<string, string> {
  const all = [...list(item.parameters), ...list(operation.parameters)].map((parameter) => deref(root, parameter));
  const query = all.filter((parameter) => parameter.in === 'query');
  return new Map(query.map((parameter) => [String(parameter.name), typeOf(deref(root, parameter.schema ?? parameter))]));
}

function requestProperties(root: Json, { operation }: Operation): Map<string, string> {
  return contentProperties(root, deref(root, operation.requestBody));
}

function responseProperties(root: Json, { operation }: Operation): Map<string, string> {
  const found = new Map<string, string>();
  for (const [status, response] of Object.entries(record(operation.responses))) {
    if (!/^2/.test(status)) continue;
    for (const [path, type] of contentProperties(root, deref(root, response))) found.set(path, type);
  }
  return found;
}

/** Does a contract describe a body, but only as an object? */
function isOpen(root: Json, { operation }: Operation, read: typeof requestProperties): boolean {
  const responses = Object.entries(record(operation.responses)).filter(([status]) => /^2/.test(status));
  const bodies = read === requestProperties ? [operation.requestBody] : responses.map(([, response]) => response);
  const media = bodies.flatMap((body) => Object.values(record(deref(root, body).content)));
  const schemas = media.map((one) => deref(root, record(one).schema));
  return schemas.some(
    ({ type, ...rest }) => (type ?? 'object') === 'object' && !Object.keys(rest).some((key) => closed.test(key)),
  );
}

const closed = /^(?:properties|items|allOf|oneOf|anyOf|enum|const|format)$/;

/** The properties below an envelope, and those beside it. */
function below(properties: Map<string, string>, envelope: string): Map<string, string> {
  const inner = [...properties].filter(([name]) => name !== envelope);
  return new Map(inner.map(([name, type]) => [name.startsWith(`${envelope}.`) ? name.slice(envelope.length + 1) : name, type]));
}

function statuses(operation: Json, pattern: RegExp): Map<string, string> {
  return new Map(
    Object.keys(record(operation.responses))
      .filter((status) => pattern.test(status))
      .map((status) => [status, '']),
  );
}

function securityOf(root: Json, { operation }: Operation): Map<string, string> {
  const asked = list(operation.security ?? root.security);
  const isFree = asked.length === 0 || asked.some((one) => Object.keys(record(one)).length === 0);
  return new Map(isFree ? [] : [['authentication', '']]);
}

function contentProperties(root: Json, body: Json): Map<string, string> {
  const found = new Map<string, string>();
  for (const media of Object.values(record(body.content))) collect(root, record(media).schema, '', 0, found);
  return found;
}

/** Property paths to depth 3: `article.author.bio`, `[].id`; items of a list are on the level of the list. */
function collect(
  root: Json,
  node: unknown,
  path: string,
  depth: number,
  found: Map<string, string>,
  above: readonly Json[] = [],
): void {
  const schema = deref(root, node);
  // A list of itself, as JSON values are described, would go on for ever.
  if (above.includes(schema)) return;
  const within = [...above, schema];
  for (const key of ['allOf', 'oneOf', 'anyOf'])
    for (const part of list(schema[key])) collect(root, part, path, depth, found, within);
  if (schema.items) collect(root, schema.items, `${path}[]`, depth, found, within);
  if (depth >= 3) return;
  for (const [name, property] of Object.entries(record(schema.properties))) {
    const own = path ? `${path}.${name}` : name;
    found.set(own, typeOf(deref(root, property)));
    collect(root, property, own, depth + 1, found);
  }
}

function typeOf(schema: Json): string {
  const types = [schema.type].flat().filter((type) => type !== 'null');
  if (types.length === 1 && typeof types[0] === 'string') return types[0];
  return schema.properties || schema.allOf ? 'object' : '';
}

function deref(root: Json, node: unknown): Json {
  let found = record(node);
  for (let steps = 0; steps < 20 && typeof found.$ref === 'string'; steps++)
    found = record(at(root, found.$ref.replace(/^#/, '')));
  return found;
}

/** What a JSON Pointer leads to. */
function at(root: Json, pointer: string): unknown {
  const parts = pointer.split('/').slice(1);
  return parts.reduce<unknown>((value, part) => record(value)[unescape(part)], root);
}

function unescape(part: string): string {
  return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function parse(file: string, text: string): Json {
  return record(dataOf(parseApiDocument(pathToFileURL(file).href, text).tree.root));
}

/** What a contract of several files says: what its references to other files lead to stands in their place. */
function inOne(node: unknown, file: string, main: string, checkout: string, above: readonly string[] = []): unknown {
  if (Array.isArray(node)) return node.map((item) => inOne(item, file, main, checkout, above));
  if (typeof node !== 'object' || node === null) return node;
  const { $ref } = node as Json;
  const [path = '', pointer = ''] = typeof $ref === 'string' ? $ref.split('#') : [];
  // What begins with a slash is served from the root.
  const target = path === '' ? file : path.startsWith('/') ? join(checkout, path) : join(dirname(file), path);
  if (typeof $ref !== 'string' || target === main || /^\w+:/.test(path))
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inOne(value, file, main, checkout, above)]));
  const place = `${target}#${pointer}`;
  if (above.includes(place)) return {};
  const whole = read(target);
  return inOne(pointer === '' ? whole : at(whole, pointer), target, main, checkout, [...above, place]);
}

/** A contract in Swagger 2 as OpenAPI says it: its base path, bodies, and what responses and parameters are. */
export function asOpenApi(contract: Json): Json {
  if (contract.swagger === undefined) return contract;
  const paths = Object.entries(record(contract.paths)).map(([path, item]) => {
    const shared = list(record(item).parameters);
    const members = Object.entries(record(item)).flatMap(([method, operation]) =>
      methods.has(method) ? [[method, asOperation(contract, record(operation), shared)]] : [],
    );
    return [path, Object.fromEntries(members) as Json];
  });
  const servers = [{ url: String(contract.basePath ?? '').replace(/\/$/, '') }];
  return { ...contract, servers, paths: Object.fromEntries(paths) as Json };
}

function asOperation(contract: Json, operation: Json, shared: readonly unknown[]): Json {
  const parameters = [...shared, ...list(operation.parameters)].map((one) => deref(contract, one));
  const body = parameters.find((one) => one.in === 'body');
  const fields = parameters.filter((one) => one.in === 'formData').map((one) => [String(one.name), one]);
  const schema = body ? body.schema : { type: 'object', properties: Object.fromEntries(fields) as Json };
  const content = (one: unknown) => ({ content: { 'application/json': { schema: one } } });
  const responses = Object.entries(record(operation.responses)).map(([status, one]) => {
    const response = deref(contract, one);
    return [status, response.schema === undefined ? response : content(response.schema)];
  });
  return {
    ...operation,
    parameters: parameters.filter((one) => one !== body && one.in !== 'formData'),
    ...((body || fields.length > 0) && { requestBody: content(schema) }),
    responses: Object.fromEntries(responses) as Json,
  };
}

const files = new Map<string, Json>();

function read(file: string): Json {
  const known = files.get(file) ?? parse(file, readFileSync(file, 'utf8'));
  files.set(file, known);
  return known;
}

const ratio = (right: number, of: number) => (of === 0 ? '  –  ' : (right / of).toFixed(3));

function print(name: string, { wanted, found, right, missed, extra }: Tally, withMisses: boolean): void {
  const f1 = wanted + found === 0 ? '  –  ' : ((2 * right) / (wanted + found)).toFixed(3);
  const figures = `recall ${ratio(right, wanted)}  precision ${ratio(right, found)}  F1 ${f1}`;
  process.stdout.write(`  ${name.padEnd(20)} ${figures}  (${right} of ${wanted}, ${found} written)\n`);
  if (!withMisses) return;
  for (const key of missed) process.stdout.write(`      - ${key}\n`);
  for (const key of extra) process.stdout.write(`      + ${key}\n`);
}

async function score(checkout: string, target: Target, withMisses: boolean): Promise<void> {
  const entries = target.entries.map((entry) => pathToFileURL(join(checkout, entry)).href);
  const started = performance.now();
  const { text, notes } = await createLintel(nodeHost, []).generateOpenApi(entries);
  const elapsed = performance.now() - started;
  const lintel = createLintel(nodeHost, [...rules]);
  const isStable = (await lintel.generateOpenApi(entries)).text === text;
  const uri = pathToFileURL(join(checkout, 'lintel-generated.yaml')).href;
  lintel.open(uri, text, 1, 'yaml');
  const findings = await lintel.check(uri, defaultConfig);

  const document = parse('generated.yaml', text);
  const { only } = target;
  if (only) document.paths = Object.fromEntries(Object.entries(record(document.paths)).filter(([path]) => path.startsWith(only)));
  const specFile = join(checkout, target.spec);

  const contract = asOpenApi(record(inOne(parse(specFile, readFileSync(specFile, 'utf8')), specFile, specFile, checkout)));
  const server = String(record(list(contract.servers)[0]).url ?? '');
  const base = target.base ?? server.replace(/^(?:[a-z]+:\/\/[^/]*|\{\w+\})/, '');
  const { elsewhere } = target;
  if (elsewhere) {
    const own = Object.entries(record(contract.paths)).filter(([path]) => !elsewhere.test(normal(`${base}${path}`)));
    contract.paths = Object.fromEntries(own);
  }
  const scores = compare(document, contract, base.replace(/\/$/, ''), target.undocumented, target.envelope);
  print('operations', scores.operations, true);
  print('query parameters', scores.query, withMisses);
  print('request properties', scores.requestProperties, withMisses);
  print('response properties', scores.responseProperties, withMisses);
  print('2xx statuses', scores.successStatuses, withMisses);
  print('error statuses', scores.errorStatuses, withMisses);
  print('authentication', scores.security, withMisses);
  const counts = new Map<string, number>();
  for (const { rule, severity } of findings) counts.set(`${rule} ${severity}`, (counts.get(`${rule} ${severity}`) ?? 0) + 1);
  const summary = [...counts].map(([rule, count]) => `${count} × ${rule}`).join(', ');
  process.stdout.write(
    `  types right ${ratio(scores.types.right, scores.types.of)} of ${scores.types.of}; ${notes.length} notes; ` +
      `${isStable ? 'the same twice' : 'DIFFERENT when generated twice'}; ${(elapsed / 1000).toFixed(1)} s\n` +
      `  findings in the document: ${summary || 'none'}\n`,
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      entry: { type: 'string', multiple: true },
      spec: { type: 'string' },
      base: { type: 'string' },
      misses: { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0) throw new Error('Name one or more checkouts: npm run score:generate -- CHECKOUT…');
  for (const checkout of positionals.map((path) => resolve(path))) {
    const path = checkout.replaceAll('\\', '/');
    const { entry, spec, base } = values;
    const isOf = (name: string) => [name, name.replace(/^[^/]*\//, '')].some((tail) => path.endsWith(`/${tail.split(' ')[0]}`));
    const targets: [string, Target][] =
      entry && spec ? [[path, { entries: entry, spec, base }]] : Object.entries(known).filter(([name]) => isOf(name));
    if (targets.length === 0)
      throw new Error(`${checkout} is not in the table: say --entry FILE… and --spec FILE, paths inside the checkout.`);
    for (const [name, target] of targets) {
      process.stdout.write(`${name}\n`);
      await score(checkout, target, values.misses);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  });
}
