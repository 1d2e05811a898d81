import { connect } from 'node:net';
import { until } from './needs';

/** Sends one line to a forwarded port and resolves with all that came back up to the line's echo. */
export function talkTo(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(line));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer; got ${JSON.stringify(answer)}`)));
    socket.on('data', chunk => {
      answer += chunk.toString('latin1');
      if (answer.includes(line.trim())) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** Opens a connection to a forwarded port and leaves it open, as a browser does, until the other side ends it. */
export function holdOpen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', resolve);
    socket.on('error', reject);
    socket.unref();
  });
}

/** Resolves once nobody listens on the port any more. */
export function expectRefused(port: number): Promise<void> {
  return until(
    `port ${port} is closed`,
    () =>
      new Promise(resolve => {
        const socket = connect(port, '127.0.0.1');
        socket.on('connect', () => {
          socket.destroy();
          resolve(false);
        });
        socket.on('error', () => resolve(true));
      }),
  );
}
