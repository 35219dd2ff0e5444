import type { EnginePorts } from './engine-ports.ts';
import { type KeysRequest, reconcileKeys } from './reconcile-keys.ts';

/** `reconcileKeys` with its ports filled in: what the verification of remedies asks for. */
export function remeasureWith(ports: EnginePorts): (request: KeysRequest) => Promise<Map<string, string>> {
  return (request) => reconcileKeys(request, ports);
}
