import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Control } from '#core/controls/control.ts';
import { invalid, parseDeclaration } from '#core/controls/declared/declaration.ts';
import { controlFrom } from '#core/controls/declared/declared-control.ts';
import { assertSafeSql } from '#core/controls/declared/guard-sql.ts';
import { setWorkspaceControls } from '#core/controls/registry.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import { parseDay } from '#core/domain/period.ts';
import type { Lake } from '#core/ports/lake.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';
import type { Stores } from './stores.ts';

/** Where the controls of a workspace stand: `<id>.json` beside `<id>.sql`. */
export function controlsFolder(home: string): string {
  return join(home, 'controls');
}

/**
 * Reads the controls of a folder, in order of their ids; none where there is no such folder. Throws ControlInvalid,
 * which names the file and the field.
 */
export async function readControls(folder: string, warehouse: Warehouse): Promise<Control[]> {
  const names = await namesIn(folder);
  const orphan = names.find((name) => name.endsWith('.sql') && !names.includes(name.replace(/sql$/, 'json')));
  if (orphan !== undefined) throw invalid(join(folder, orphan), 'there is no declaration beside it');
  const declared = names.filter((name) => name.endsWith('.json')).sort();
  if (declared.length === 0) return [];
  const session = await warehouse.open();
  try {
    const controls: Control[] = [];
    for (const name of declared) {
      const where = join(folder, name);
      const declaration = parseDeclaration(await textOf(where), where);
      if (name !== `${declaration.id}.json`)
        throw invalid(where, `id: the file must be named ${declaration.id}.json`);
      const sqlFile = where.replace(/json$/, 'sql');
      const sql = await textOf(sqlFile);
      const control = controlFrom({ declaration, sql });
      await assertSafeSql(sql, control, sqlFile, session);
      controls.push(control);
    }
    return controls;
  } finally {
    await session.close();
  }
}

/** Puts the controls of a workspace in force for this process. Throws ControlInvalid. */
export async function loadWorkspaceControls(
  home: string,
  { warehouse }: Pick<Stores, 'warehouse'>,
): Promise<readonly Control[]> {
  const controls = await readControls(controlsFolder(home), warehouse);
  setWorkspaceControls(controls);
  return controls;
}

/** A declaration and its SQL are small: more is another file that was put there by mistake. */
const MAX_BYTES = 200_000;

async function textOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw invalid(path, 'the file is not there');
  if (!found.isFile() || found.size > MAX_BYTES)
    throw invalid(path, `not a file of at most ${MAX_BYTES} bytes`);
  const bytes = await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, 'it is not UTF-8');
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /\.(json|sql)$/.test(name) && !name.startsWith('.'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw invalid(folder, code === 'ENOTDIR' ? 'it is not a folder' : `it cannot be read (${code})`);
  }
}

/** Datasets that a control needs and of which nothing was ever declared or fed. */
export async function notFed(control: Control, lake: Lake): Promise<DatasetName[]> {
  const found: DatasetName[] = [];
  for (const dataset of control.needs) if (!(await isFed(dataset, lake))) found.push(dataset);
  return found;
}

async function isFed(dataset: DatasetName, lake: Lake): Promise<boolean> {
  // Of a declared feed every slot of the range would be listed, so the first question is about one day.
  if ((await lake.coverage(dataset, ANY_TIME.from, ANY_TIME.from)).declared) return true;
  const { files } = await lake.coverage(dataset, ANY_TIME.from, ANY_TIME.to);
  return files > 0 || (await lake.referenceFiles(dataset)).length > 0;
}

const ANY_TIME = { from: parseDay('1990-01-01'), to: parseDay('2100-01-01') };
