import { writeFileSync } from 'node:fs';

/**
 * A program in session-manager-plugin's place: takes its session as the AWS CLI hands it over, says how it was called, and is a
 * terminal that repeats what it is told, or a port that does.
 */
const PROGRAM = `
const { createServer } = require('node:net');
const [variable, region, operation, profile, requestText, endpoint] = process.argv.slice(2);
if (variable === '--version') { console.log('1.2.896.0'); process.exit(0); }
const { SessionId, TokenValue } = JSON.parse(process.env[variable]);
const { Target, Parameters } = JSON.parse(requestText);
const secret = process.argv.some(argument => argument.includes(TokenValue)) ? 'LEAKED' : 'kept';
console.log('Starting session with SessionId: ' + SessionId);
console.log([operation, Target, region, 'profile=' + profile, 'token=' + secret].join(' '));
if (Parameters && Parameters.portNumber) {
  const port = Number(Parameters.localPortNumber[0]);
  createServer(socket => {
    console.log('Connection accepted for session [' + SessionId + ']');
    socket.on('error', () => undefined);
    socket.on('data', data => socket.write('stand-in ' + data));
  }).listen(port, '127.0.0.1', () => console.log('Port ' + port + ' opened for sessionId ' + SessionId + '.'));
} else {
  process.stdin.on('data', data => {
    const line = String(data).trim();
    if (line === 'exit') process.exit(0);
    if (line !== '') console.log('stand-in says ' + line);
  });
}
`;

/** Writes the program, to be run as it is. */
export function writeStandInPlugin(path: string): void {
  writeFileSync(path, `#!${process.execPath}\n${PROGRAM}`, { mode: 0o755 });
}
