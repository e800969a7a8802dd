/**
 * TransactWriteItems, which dynalite lacks: all conditions are tried before anything is written,
 * with everyone else kept out. Not crash-safe: a process killed between two writes of a
 * transaction leaves the first (in memory, that state is gone as well).
 */
import { isDeepStrictEqual } from 'node:util';
import type { Backend, Parameters, Parsed } from './backend.ts';
import type { World } from './conditional-write.ts';
import { DynamodbError } from './errors.ts';
import { type Attributes, pickKey } from './tables.ts';

/** TransactWriteItems and TransactGetItems, API reference: "up to 100 actions", "4 MB". */
const maxActions = 100;
export const maxTransactionBytes = 4 * 1024 * 1024;

const kinds = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem', ConditionCheck: '' };

type Kind = keyof typeof kinds;

type Step = {
  readonly kind: Kind;
  readonly parameters: Parameters;
  readonly table: string;
  readonly key: Attributes;
  readonly before: Attributes | undefined;
};

type Reason = { readonly Code: string; readonly Message?: string; readonly Item?: Attributes };

const fine: Reason = { Code: 'None' };

/** Applies all or nothing. Throws the refusal; must be called with the lock held alone. */
export const transactWrite = async (world: World, parameters: Parameters): Promise<void> => {
  const steps = await prepare(world, parameters);

  const reasons: Reason[] = [];
  for (const step of steps) reasons.push(await tryCondition(world.backend, step));
  if (reasons.some((reason) => reason !== fine)) throw cancelled(reasons);

  const applied: Step[] = [];
  for (const step of steps) {
    const refusal = await apply(world.backend, step);
    if (!refusal) {
      applied.push(step);
      continue;
    }
    for (const done of applied.reverse()) await undo(world.backend, done);
    throw asRefusal(refusal, { steps, culprit: step });
  }
};

/** The one action inside each entry, at most a hundred, in order. */
export const readActions = (parameters: Parameters): readonly (readonly [string, Parameters])[] => {
  const entries = parameters.TransactItems;
  if (!Array.isArray(entries) || entries.length < 1) {
    throw invalid(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  if (entries.length > maxActions) {
    throw invalid(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${maxActions}`,
    );
  }
  return entries.map((entry: Readonly<Record<string, Parameters>> | null) => {
    const [action, ...others] = Object.entries(entry ?? {});
    if (action && others.length === 0) return action;
    throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  });
};

const prepare = async (world: World, parameters: Parameters): Promise<readonly Step[]> => {
  const steps: Step[] = [];
  for (const [kind, action] of readActions(parameters)) {
    if (!isKind(kind)) throw invalid(`A transaction cannot contain ${kind}.`);
    const table = String(action.TableName);
    const names = await world.tables.keyNames(table);
    if ('reply' in names) throw new PassedOn(names);

    const row = (kind === 'Put' ? action.Item : action.Key) as Attributes | undefined;
    if (!row) throw invalid(`${kind} needs ${kind === 'Put' ? 'an Item' : 'a Key'}.`);
    const key = pickKey(names, row);
    if (steps.some((step) => step.table === table && isDeepStrictEqual(step.key, key))) {
      throw invalid('Transaction request cannot include multiple operations on one item');
    }
    // An impossible key is refused here, in dynalite's words, before anything is written.
    const read = { TableName: table, Key: key, ConsistentRead: true };
    const { error, ...parsed } = await world.backend.call('GetItem', read);
    if (error !== undefined) throw new PassedOn({ error, ...parsed });
    const before = parsed.members.Item as Attributes | undefined;
    steps.push({ kind, parameters: action, table, key, before });
  }
  return steps;
};

const isKind = (kind: string): kind is Kind => Object.hasOwn(kinds, kind);

/**
 * Lets dynalite judge a condition without changing anything: a row is written over itself, a
 * missing row is deleted.
 */
const tryCondition = async (backend: Backend, step: Step): Promise<Reason> => {
  const { parameters, before, table, key, kind } = step;
  if (parameters.ConditionExpression === undefined) return fine;
  const condition = {
    TableName: table,
    ConditionExpression: parameters.ConditionExpression,
    // A name or value that only the update uses would be refused as unused.
    ...(kind === 'Update'
      ? usedBy(String(parameters.ConditionExpression), parameters)
      : {
          ExpressionAttributeNames: parameters.ExpressionAttributeNames,
          ExpressionAttributeValues: parameters.ExpressionAttributeValues,
        }),
  };
  const tried = before
    ? await backend.call('PutItem', { ...condition, Item: before })
    : await backend.call('DeleteItem', { ...condition, Key: key });
  if (tried.error === undefined) return fine;
  if (tried.error !== 'ConditionalCheckFailedException') throw new PassedOn(tried);

  const showsOld = parameters.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  const Message = 'The conditional request failed';
  const reason = { Code: 'ConditionalCheckFailed', Message };
  return showsOld && before ? { ...reason, Item: before } : reason;
};

const usedBy = (expression: string, parameters: Parameters): Parameters => {
  const tokens = new Set(expression.match(/[#:][A-Za-z0-9_]+/g));
  const used = (name: string) => {
    const all = (parameters[name] ?? {}) as Parameters;
    const left = Object.entries(all).filter(([token]) => tokens.has(token));
    return left.length > 0 ? { [name]: Object.fromEntries(left) } : {};
  };
  return { ...used('ExpressionAttributeNames'), ...used('ExpressionAttributeValues') };
};

/** The whole action, condition included, so that dynalite checks every part of it. */
const apply = async (backend: Backend, step: Step): Promise<Parsed | undefined> => {
  if (step.kind === 'ConditionCheck') return undefined;
  const { ReturnValuesOnConditionCheckFailure: _unknownToDynalite, ...rest } = step.parameters;
  const answer = await backend.call(kinds[step.kind], rest);
  return answer.error === undefined ? undefined : answer;
};

const undo = async (backend: Backend, { kind, table, key, before }: Step): Promise<void> => {
  if (kind === 'ConditionCheck') return;
  const undone = before
    ? await backend.call('PutItem', { TableName: table, Item: before })
    : await backend.call('DeleteItem', { TableName: table, Key: key });
  if (undone.error === undefined) return;
  throw new DynamodbError('InternalServerError', `A rollback failed: ${undone.error}.`);
};

/** A malformed expression is a ValidationException; one that fails on this row cancels. */
const asRefusal = (
  refusal: Parsed,
  { steps, culprit }: { readonly steps: readonly Step[]; readonly culprit: Step },
): Error => {
  const message = String(refusal.members.message ?? refusal.members.Message ?? '');
  const malformed =
    /^(Invalid [A-Za-z]+Expression|ExpressionAttribute|Value provided in|\d+ validation)/;
  if (refusal.error !== 'ValidationException' || malformed.test(message)) {
    return new PassedOn(refusal);
  }
  const reason: Reason = { Code: 'ValidationError', Message: message };
  return cancelled(steps.map((step) => (step === culprit ? reason : fine)));
};

const cancelled = (reasons: readonly Reason[]): DynamodbError => {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new DynamodbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
};

const invalid = (sentence: string) => new DynamodbError('ValidationException', sentence);

/** Carries dynalite's own answer to the client. */
export class PassedOn extends Error {
  override readonly name = 'PassedOn';
  readonly parsed: Parsed;

  constructor(parsed: Parsed) {
    super(`dynalite refused: ${parsed.error}`);
    this.parsed = parsed;
  }
}
