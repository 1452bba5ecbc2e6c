'use strict';
// Loaded into a program: at its end, writes the most that it had resident, in bytes, into a file. From /proc and not from
// getrusage, which also counts what the process that started it had resident.

const { readFileSync, writeFileSync } = require('node:fs');

process.on('exit', () => {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  writeFileSync(process.env.BENCH_PEAK_FILE, String(Number(kilobytes) * 1024));
});
