/**
 * Loaded before a suite (`node --import`), it makes the disk and every service slow, and never twice in the same way, so that what only
 * holds because files answer before the network, or in the order they are asked, does not hold: `npm run test:slow`.
 */
import fs from 'node:fs/promises';
import { Server } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const DISK_MS = 40;
const SERVICE_MS = 60;

/** @param {number} atMostMs */
function pause(atMostMs) {
  return new Promise(resolve => setTimeout(resolve, Math.random() < 0.3 ? 0 : Math.random() * atMostMs));
}

/** @type {Record<string, unknown>} */
const disk = fs;
for (const [name, act] of Object.entries(disk)) {
  // Its iterator is made at once.
  if (typeof act !== 'function' || name === 'watch') continue;
  disk[name] = async (/** @type {unknown[]} */ ...args) => {
    try {
      return await act.apply(fs, args);
    } finally {
      await pause(DISK_MS);
    }
  };
}
syncBuiltinESMExports();

const { emit } = Server.prototype;
/** @param {any[]} args */
Server.prototype.emit = function (...args) {
  if (args[0] !== 'request') return Reflect.apply(emit, this, args);
  void pause(SERVICE_MS).then(() => Reflect.apply(emit, this, args));
  return true;
};
