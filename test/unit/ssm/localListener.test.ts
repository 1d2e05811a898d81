import { afterEach, describe, expect, it } from 'vitest';
import { LocalListener } from '../../../src/ssm/localListener';

const host = '127.0.0.1';

describe('a free local port', () => {
  const taken: LocalListener[] = [];
  afterEach(async () => {
    for (const listener of taken.splice(0)) await listener.close();
  });
  const take = async (port: number) => {
    const listener = await LocalListener.listen({ host, port });
    taken.push(listener);
    return listener.port;
  };

  it('is the one that was wanted when nobody has it', async () => {
    const port = await take(0);
    await taken.pop()!.close();
    expect(await LocalListener.freePort({ host, port })).toBe(port);
    expect(await take(port)).toBe(port);
  });

  it('is one above it when somebody has it', async () => {
    const port = await take(0);
    const free = await LocalListener.freePort({ host, port });
    expect(free).toBeGreaterThan(0);
    expect(free).not.toBe(port);
    expect(await take(free)).toBe(free);
  });

  it('is none on an address that is not this computer’s', async () => {
    await expect(LocalListener.freePort({ host: '192.0.2.1', port: 8080 })).rejects.toMatchObject({
      code: 'port-invalid',
    });
  });

  it('is refused with a code when it is taken, before anything else happens', async () => {
    const port = await take(0);
    await expect(LocalListener.listen({ host, port })).rejects.toMatchObject({ code: 'port-in-use' });
  });
});
