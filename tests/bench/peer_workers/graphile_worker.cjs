// One process of graphile-worker that makes the calls of the bench, with the settings
// its authors advise for speed: jobs are fetched and completed in batches.
//
//   node graphile_worker.cjs fill PORT SCHEMA JOBS URL
//   node graphile_worker.cjs work PORT SCHEMA JOBS IN_FLIGHT fetch|request
//
// `work` ends when JOBS jobs are done, and prints the seconds from the first call to the
// last record.
const { Logger, makeWorkerUtils, run } = require("graphile-worker");
const { caller } = require("./call.cjs");

const [verb, port, schema, jobs, last, client] = process.argv.slice(2);
const connectionString = `postgres://postgres@127.0.0.1:${port}/postgres`;
const logger = new Logger(() => () => {});
const BATCH = 1000;

async function fill(left, url) {
  const utils = await makeWorkerUtils({ connectionString, schema, logger });
  await utils.migrate();
  while (left > 0) {
    const size = Math.min(left, BATCH);
    const job = { identifier: "call", payload: { url } };
    await utils.addJobs(Array.from({ length: size }, () => job));
    left -= size;
  }
  await utils.release();
}

async function work(left, concurrentJobs) {
  let began = null;
  let done = 0;
  const call = caller(client);
  const called = ({ url }) => {
    began ??= performance.now();
    return call(url);
  };
  const worker = {
    connectionString,
    schema,
    concurrentJobs,
    localQueue: { size: 500 },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  };
  const runner = await run({
    preset: { worker },
    taskList: { call: called },
    noHandleSignals: true,
    logger,
  });
  await new Promise((resolve, reject) => {
    runner.events.on("job:error", ({ error }) => reject(error));
    runner.events.on("job:complete", () => {
      done += 1;
      if (done >= left) resolve();
    });
    if (!left) resolve();
  });
  await runner.stop(); // only now the last batch is written
  console.log(began === null ? 0 : (performance.now() - began) / 1000);
}

const verbs = { fill: () => fill(+jobs, last), work: () => work(+jobs, +last) };
verbs[verb]().then(
  () => process.exit(0),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
