/** What `plumbline` alone prints: the few lines that a newcomer needs. */
export const WELCOME = `Plumbline finds what a telecom operator did not charge, or charged wrongly, and proves it record by record.

  plumbline demo                         a sample operator's month: found, explained, approved, remedied, verified
  plumbline cases list                   what was found, and what waits for a decision
  plumbline explain <case>               one case in plain words, with its evidence
  plumbline ingest <path> --as usage     your own files
  plumbline run usage-reconciliation --period 2026-10

plumbline --help lists all commands.
`;

/** `plumbline help exit-codes`. */
export const EXIT_CODES_HELP = `Exit codes

  0    done; findings are a result, not a failure
  1    unexpected failure
  2    usage: wrong option, unknown name, unreadable file
  3    the condition of --fail-on is met
  4    data incomplete: the result is inconclusive
  5    refused by policy: four eyes, a version that moved, a file that changed
  6    transient: safe to try again
  130  interrupted
`;
