import { behindKpi, kpis } from '#apps/host/kpis.ts';
import { openStores } from '#apps/host/stores.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { Figure } from '#core/kpi/kpi.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { showCount, showDecimal } from '../format.ts';
import type { Output } from '../output.ts';
import { tableLines } from '../table.ts';

const RUN = { flags: '--run <run>', description: 'The run (default: the newest)' };

/** The scorecard, and what stands behind each figure. */
export const KPI_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'kpis',
    summary: 'The scorecard of a run: K1 to K15, each with what it was computed from',
    example: 'plumbline kpis --run usage-reconciliation-2026-10-1a2b3c4d',
    options: [RUN],
    run: list,
  },
  {
    usage: 'kpis show <kpi>',
    summary: 'One KPI and the records behind it',
    example: 'plumbline kpis show K4 --limit 20',
    options: [RUN, { flags: '--limit <n>', description: 'Largest number of rows shown', defaultValue: '20' }],
    run: show,
  },
];

async function list(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const { manifest, kpis: all } = await kpis(stores, textOption(invocation, 'run'));
    const rows = all.flatMap(({ id, title, figures }) =>
      figures.map((figure, i) => [
        i === 0 ? id : '',
        i === 0 ? title : '',
        figure.name,
        shown(figure),
        basisOf(figure),
      ]),
    );
    const columns = [
      { title: 'KPI' },
      { title: 'WHAT' },
      { title: 'FIGURE' },
      { title: 'VALUE', align: 'right' as const },
      { title: 'FROM' },
    ];
    output.print(`Run ${manifest.runId}, ${manifest.period}`);
    for (const line of tableLines(columns, rows)) output.print(line);
    output.print();
    output.print('What stands behind one: plumbline kpis show K4');
    return { data: { runId: manifest.runId, kpis: all } };
  } finally {
    await stores.close();
  }
}

async function show(invocation: Invocation, output: Output): Promise<CommandResult> {
  const limit = textOption(invocation, 'limit') ?? '';
  if (!/^[1-9]\d{0,6}$/.test(limit)) {
    throw new PlumblineError('UsageError', {
      what: `--limit ${limit} is no number of rows`,
      next: '--limit 20',
    });
  }
  const runId = textOption(invocation, 'run');
  const stores = await openStores(invocation.home);
  try {
    const { kpi, rows } = await behindKpi(stores, (invocation.args.kpi ?? '').toUpperCase(), {
      limit: Number(limit),
      ...(runId === undefined ? {} : { runId }),
    });
    output.print(`${kpi.id}  ${kpi.title}`);
    for (const figure of kpi.figures)
      output.print(`  ${figure.name}: ${shown(figure)}  (${basisOf(figure)})`);
    output.print();
    const [first] = rows;
    if (first === undefined) output.print('Nothing stands behind it.');
    else {
      const names = Object.keys(first);
      const columns = names.map((name) => ({ title: name.replaceAll('_', ' ').toUpperCase() }));
      const cells = rows.map((row) => names.map((name) => String(row[name] ?? '–')));
      for (const line of tableLines(columns, cells)) output.print(line);
    }
    return { data: { kpi, rows } };
  } finally {
    await stores.close();
  }
}

function shown({ value, unit, money }: Figure): string {
  if (value === null) return '–';
  if (unit === 'money') return showDecimal(value, money?.asset.slice(0, 3) ?? 'XXX');
  if (unit === 'ratio') return `${percent(value)} %`;
  if (unit === 'records' || unit === 'controls') return showCount(Number(value));
  return `${value} ${unit === 'hours' ? 'h' : 'd'}`;
}

/** A ratio with six decimals as a percentage with four: the point moves, nothing is rounded. */
function percent(value: string): string {
  const digits = value.replace('-', '').replace('.', '').padStart(7, '0');
  const whole = digits.slice(0, -4).replace(/^0+(?=\d)/, '');
  return `${value.startsWith('-') ? '-' : ''}${whole}.${digits.slice(-4)}`;
}

function basisOf({ value, basis, reason }: Figure): string {
  return value === null ? (reason ?? '') : basis;
}
