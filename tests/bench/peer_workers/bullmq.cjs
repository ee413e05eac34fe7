// One process of BullMQ that makes the calls of the bench, as its users write it.
//
//   node bullmq.cjs fill PORT QUEUE JOBS URL
//   node bullmq.cjs work PORT QUEUE JOBS IN_FLIGHT fetch|request
//
// `work` ends when JOBS jobs are done, and prints the seconds from the first call to the
// last record.
const { Queue, Worker } = require("bullmq");
const { caller } = require("./call.cjs");

const [verb, port, name, jobs, last, client] = process.argv.slice(2);
const connection = { host: "127.0.0.1", port: Number(port) };
const BATCH = 1000;

async function fill(left, url) {
  const queue = new Queue(name, { connection });
  while (left > 0) {
    const size = Math.min(left, BATCH);
    const job = { name: "call", data: { url } };
    await queue.addBulk(Array.from({ length: size }, () => job));
    left -= size;
  }
  await queue.close();
}

async function work(left, concurrency) {
  let began = null;
  let done = 0;
  let secs = 0;
  const call = caller(client);
  const called = (job) => {
    began ??= performance.now();
    return call(job.data.url);
  };
  const worker = new Worker(name, called, { connection, concurrency });
  await new Promise((resolve, reject) => {
    worker.on("failed", (_, error) => reject(error));
    worker.on("error", reject);
    worker.on("completed", () => {
      done += 1;
      if (done < left) return;
      secs = (performance.now() - began) / 1000;
      resolve();
    });
    worker.waitUntilReady().then(() => left || resolve(), reject);
  });
  await worker.close();
  console.log(secs);
}

const verbs = { fill: () => fill(+jobs, last), work: () => work(+jobs, +last) };
verbs[verb]().then(
  () => process.exit(0),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
