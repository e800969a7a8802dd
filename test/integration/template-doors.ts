/** The static rules on who is let in from where, and how much of it. */
import { describe, expect, it } from 'vitest';
import type { Properties, Template } from '../support/compiled-template.ts';

/** Browsers would let any page in, or send cookies along. */
const isClosed = (origins: readonly string[] | undefined, allowsCredentials: unknown): boolean =>
  origins !== undefined &&
  origins.length > 0 &&
  origins.every((origin) => !origin.includes('*')) &&
  allowsCredentials !== true;

/** `template` is asked only inside the tests, when it has been compiled. */
export const describeDoors = (template: () => Template) =>
  describe('doors', () => {
    /** The variable in each function that has it. */
    const valuesOf = (variable: string) =>
      template()
        .ofType('AWS::Lambda::Function')
        .flatMap(([, { Properties }]) => {
          const { Variables = {} } = Properties.Environment as Properties;
          return variable in Variables ? [String(Variables[variable])] : [];
        });

    it('E18: the API is open to the named origins alone, and to what pages ask', () => {
      const api = 'AWS::ApiGatewayV2::Api';
      expect(
        template().breaking(api, 'origins', ({ CorsConfiguration: cors }) =>
          isClosed(cors?.AllowOrigins, cors?.AllowCredentials),
        ),
      ).toEqual([]);
      // Not PATCH: webhooks are for a tenant's backend.
      const methods = template()
        .ofType(api)
        .map(([, { Properties }]) => Properties.CorsConfiguration.AllowMethods);
      expect(methods).toEqual([['GET', 'POST', 'DELETE']]);
    });

    it('E18: the buckets of users are open to the named origins alone', () => {
      const rules = template()
        .ofType('AWS::S3::Bucket')
        .flatMap(([id, { Properties }]) =>
          ((Properties?.CorsConfiguration?.CorsRules ?? []) as Properties[]).map(
            ({ AllowedOrigins, AllowedMethods }) => ({ id, AllowedOrigins, AllowedMethods }),
          ),
        );

      expect(rules.map(({ id, AllowedMethods }) => [id, AllowedMethods])).toEqual([
        ['UploadsBucket', ['POST', 'PUT']],
        ['ResultsBucket', ['GET']],
      ]);
      expect(rules.filter(({ AllowedOrigins }) => !isClosed(AllowedOrigins, false))).toEqual([]);
    });

    it('nobody gets a session without a key unless a deployment says so', () => {
      expect(valuesOf('ANONYMOUS_TENANT')).toEqual(['']);
    });

    it('E16: every tenant has rates, and room for what is on its way', () => {
      for (const variable of ['TENANT_REQUESTS_PER_SECOND', 'TENANT_POLLS_PER_SECOND']) {
        expect(new Set(valuesOf(variable)).size, variable).toBe(1);
        expect(Number(valuesOf(variable)[0]), variable).toBeGreaterThan(0);
      }
      expect(valuesOf('TENANT_UPLOADS')).toEqual(['1000', '1000']);
      const [bytes, ...others] = valuesOf('TENANT_BYTES').map(Number);
      expect(bytes).toBeGreaterThanOrEqual(Number(valuesOf('MAX_FILE_BYTES')[0]));
      expect(others).toEqual([bytes]);
    });
  });
