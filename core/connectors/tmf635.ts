import type { JsonShape } from './json-records.ts';
import { type JsonObject, type JsonValue, textOf } from './json-values.ts';

const CHARACTERISTIC = 'characteristic.';

/**
 * A TMF635 Usage resource. Field names of the mapping are its own attributes, such as `usageDate`, or
 * `characteristic.<name>` for the value of the usageCharacteristic with that name.
 */
export const TMF635_SHAPE: JsonShape = {
  text(record: JsonObject, field: string): string | undefined {
    if (!field.startsWith(CHARACTERISTIC)) return textOf(record, field);
    const list = Object.hasOwn(record, 'usageCharacteristic') ? record.usageCharacteristic : undefined;
    const name = field.slice(CHARACTERISTIC.length);
    if (!Array.isArray(list)) return '';
    const found = (list as readonly JsonValue[]).find(
      (item): item is JsonObject => isObject(item) && textOf(item, 'name') === name,
    );
    return found === undefined ? '' : textOf(found, 'value');
  },
};

function isObject(value: JsonValue): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
