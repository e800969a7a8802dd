/** For operators only, by `lambda:InvokeFunction`: dead letters, redrive, reprocess, rebuild-view, explain. */
import { createOperateContainer } from '../shared/container.ts';
import { createOperateHandler, type OperateDeps } from '../shared/lambda/operate.ts';
import { processors } from '../shared/processors/registry.ts';

export const createHandler = (deps: OperateDeps) => createOperateHandler(deps);

export const handler = createHandler({ ...createOperateContainer(), processors });
