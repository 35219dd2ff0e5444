/** The thread of `watched-realm.ts`: takes jobs one by one, evaluates each in its realm, and answers. */
import { workerData } from 'node:worker_threads';
import { Realm, type RealmJob } from './realm.ts';
import { JOB, type RealmThreadData } from './watched-realm.ts';

const { cell, port } = workerData as RealmThreadData;
const realm = new Realm();

const tell = (state: number) => {
  Atomics.store(cell, 0, state);
  Atomics.notify(cell, 0);
};

port.on('message', (job: RealmJob) => {
  tell(JOB.begun);
  port.postMessage(realm.evaluate(job));
  tell(JOB.done);
});
