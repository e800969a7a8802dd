/** The front door from outside: who gets in, what they may see and change, and what is left of it when they say so. */
import { afterAll, beforeAll } from 'vitest';
import { closeStack, openStack } from './front-door/client.ts';
import { describeCommandLine } from './front-door/command-line.ts';
import { describeDeletion } from './front-door/deletion.ts';
import { describeFollowing } from './front-door/following.ts';
import { describeGroups } from './front-door/groups.ts';
import { describeParts } from './front-door/parts.ts';
import { describeRequests } from './front-door/requests.ts';
import { describeReuse } from './front-door/reuse.ts';
import { describeSessions } from './front-door/sessions.ts';
import { describeWebhooks } from './front-door/webhooks.ts';

const START_MS = 90_000;

beforeAll(openStack, START_MS);
afterAll(closeStack, START_MS);

describeSessions();
describeDeletion();
describeRequests();
describeParts();
describeCommandLine();
describeFollowing();
describeGroups();
describeReuse();
describeWebhooks();
