/** JSON Schema of the zod schemas, as an OpenAPI document holds it. */
import * as z from 'zod';
import {
  completedParts,
  createdGroup,
  createdUpload,
  listedParts,
  resultLink,
  signedParts,
  startedSession,
  uploadHistory,
  uploadList,
  uploadResults,
} from '../../shared/contracts/answers.ts';
import { createGroupBody, groupStatus } from '../../shared/contracts/group.ts';
import {
  completePartsBody,
  createSessionBody,
  createUploadBody,
  signPartsBody,
} from '../../shared/contracts/http.ts';
import { problem } from '../../shared/contracts/problem.ts';
import { uploadStatus } from '../../shared/contracts/status.ts';
import {
  changeWebhookBody,
  createWebhookBody,
  rotateSecretBody,
  shownDelivery,
  shownWebhook,
} from '../../shared/contracts/webhooks.ts';

export type JsonSchema = Record<string, unknown>;

/** Schemas with a name of their own in the document; any other stands where it is used. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Problem: problem,
  Upload: uploadStatus,
  UploadGroup: groupStatus,
  CreatedGroup: createdGroup,
  CreatedUpload: createdUpload,
  UploadList: uploadList,
  UploadHistory: uploadHistory,
  UploadResults: uploadResults,
  ResultLink: resultLink,
  SignedParts: signedParts,
  ListedParts: listedParts,
  CompletedParts: completedParts,
  StartedSession: startedSession,
  CreateSession: createSessionBody,
  CreateUpload: createUploadBody,
  CreateGroup: createGroupBody,
  SignParts: signPartsBody,
  CompleteParts: completePartsBody,
  Webhook: shownWebhook,
  WebhookDelivery: shownDelivery,
  CreateWebhook: createWebhookBody,
  ChangeWebhook: changeWebhookBody,
  RotateSecret: rotateSecretBody,
};

const names = z.registry<{ readonly id: string }>();
for (const [id, schema] of Object.entries(NAMED)) names.add(schema, { id });

/** What a request must be, or what an answer is. */
export type Direction = 'input' | 'output';

/** Says less where zod says what every reader knows: the range of a safe integer, the pattern behind `date-time`. */
const plain = (schema: JsonSchema, io: Direction): void => {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.propertyNames !== undefined) delete schema.propertyNames;
  // A later version may say more; a request with more is a mistake.
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
};

const moved = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      key === '$ref' ? String(child).replace('#/$defs/', '#/components/schemas/') : moved(child),
    ]),
  );
};

export interface Schemas {
  /** The schema, or a reference to the one that has a name. */
  of(schema: z.ZodType, io: Direction): JsonSchema;
  /** All that were referred to so far, by name. */
  named(): Readonly<Record<string, JsonSchema>>;
}

export const createSchemas = (): Schemas => {
  const components = new Map<string, JsonSchema>();
  return {
    of(schema, io) {
      const {
        $schema: _,
        $defs = {},
        ...rest
      } = z.toJSONSchema(schema, {
        io,
        metadata: names,
        override: ({ jsonSchema }) => plain(jsonSchema, io),
      });
      for (const [name, part] of Object.entries($defs)) {
        const { id: _id, ...definition } = part;
        components.set(name, moved(definition) as JsonSchema);
      }
      return moved(rest) as JsonSchema;
    },
    named: () =>
      Object.fromEntries([...components].sort(([one], [other]) => (one < other ? -1 : 1))),
  };
};
