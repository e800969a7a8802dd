/** Everything from outside, over one stack: the way of a file, and the front door with who gets in and what they may see and change. */
import { afterAll, beforeAll } from 'vitest';
import { describeChildren } from './front-door/children.ts';
import { closeStack, openStack } from './front-door/client.ts';
import { describeCommandLine } from './front-door/command-line.ts';
import { describeDeletion } from './front-door/deletion.ts';
import { describeFollowing } from './front-door/following.ts';
import { describeGroups } from './front-door/groups.ts';
import { describeParts } from './front-door/parts.ts';
import { describeRequests } from './front-door/requests.ts';
import { describeReuse } from './front-door/reuse.ts';
import { describeSessions } from './front-door/sessions.ts';
import { describeSnippets } from './front-door/snippets.ts';
import { describeWebhooks } from './front-door/webhooks.ts';
import { describePipeline } from './pipeline/stories.ts';

const START_MS = 300_000;

beforeAll(openStack, START_MS);
afterAll(closeStack, START_MS);

describePipeline();
describeSessions();
describeDeletion();
describeRequests();
describeParts();
describeCommandLine();
describeFollowing();
describeGroups();
describeReuse();
describeChildren();
describeWebhooks();
describeSnippets();
