/** What the commands are and what `--help` says. */

export const OVERVIEW = `npx sluice <command>

  upload FILE…        send files; --watch follows them to their end, --resume ID goes on with one
  status ID           how far an upload or a group is; --watch follows it to its end
  results ID          what was found and made of it; --download DIR fetches the files
  explain ID          its story in sentences
  delete ID…          takes uploads back, with everything that was made of them
  doctor              what is configured, what can be reached, and what to do about it

Every command
  --json              one JSON object per line instead of words
  --url URL           where the API is
  --help              what it takes; "npx sluice --version" says which one this is

Environment
  SLUICE_URL          as --url; without both, the stack that "npm start" runs on this machine
  SLUICE_FOLLOW_URL   where --watch hears of changes as they happen (output FollowUrl); without it, it asks
  SLUICE_TOKEN        the token of a session
  SLUICE_API_KEY      the key of a tenant, which starts a session for the user SLUICE_USER
                      Without these an anonymous session is started, where that is allowed, and kept for later.

Exit codes
  0  done             3  the service or its storage cannot be reached
  1  an upload ended other than completed, or doctor found something
  2  wrong usage      4  no valid session    5  not found    6  refused    130  interrupted`;

const COMMON = `
  --json              one JSON object per line instead of words
  --url URL           where the API is`;

export const HELP = {
  upload: `npx sluice upload FILE…

Announces each file, sends its bytes (in parts above 16 MiB) and prints its id.

  --watch             follow the files until they have ended; exit code 1 if one is not completed
  --resume ID         go on with an upload that broke off; takes one file
  --type TYPE         of the files, like text/csv; what they are, their bytes say
  --unpack            each file in a zip becomes an upload of its own
  --group             announce up to 100 files in one request, as one group; its id comes first${COMMON}`,
  status: `npx sluice status ID

Exit code 1 if it has ended other than completed, or an upload of the group has.

  --watch             follow it until it has ended; an upload, not a group${COMMON}`,
  results: `npx sluice results ID

What each step found, and the files that it made.

  --download DIR      fetch the files into DIR/<step>/${COMMON}`,
  explain: `npx sluice explain ID

Tells in sentences what happened to an upload, when and by which request, and how it is now.
${COMMON}`,
  delete: `npx sluice delete ID…

From then on nothing of them can be read; what lies around is erased.
${COMMON}`,
  doctor: `npx sluice doctor

Looks whether the API answers, the session counts, the clock is right, the storage can be reached and a page may send files
to it. It announces a file of one byte and takes it back. Exit code 1 if something is wrong.

  --origin ORIGIN     of your page, like https://app.example.com${COMMON}`,
} as const;

export type CommandName = keyof typeof HELP;

export const isCommand = (name: string): name is CommandName => Object.hasOwn(HELP, name);
