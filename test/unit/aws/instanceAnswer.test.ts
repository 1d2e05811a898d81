import { Instance$, Reservation$ } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { UNUSED, withoutUnused } from '../../../src/aws/instanceAnswer';

const thinned = (text: string) => new TextDecoder().decode(withoutUnused(new TextEncoder().encode(text)));

describe('the answer to DescribeInstances without what is not used', () => {
  it('keeps what is asked of an instance, and leaves out disks, network cards, groups and options', () => {
    const kept =
      '<instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState><privateIpAddress>10.0.0.1</privateIpAddress>';
    const tags = '<tagSet><item><key>Name</key><value>wéb-1</value></item></tagSet>';
    const cards =
      '<networkInterfaceSet><item><ownerId>999999999999</ownerId><privateIpAddress>10.9.9.9</privateIpAddress><groupSet><item><groupId>sg-1</groupId></item></groupSet><tagSet><item><key>Name</key><value>eni</value></item></tagSet></item></networkInterfaceSet>';
    const groups = '<groupSet><item><groupId>sg-1</groupId></item></groupSet>';
    const of = (instance: string) =>
      `<reservationSet><item><ownerId>123456789012</ownerId><instancesSet><item>${instance}</item></instancesSet></item></reservationSet>`;
    const answer = of(
      `${kept}${groups}${cards}${tags}<metadataOptions><state>applied</state></metadataOptions>`,
    );
    expect(thinned(answer)).toBe(of(`${kept}${tags}`));
  });

  it('takes a tag for no element, whatever it is called and says', () => {
    const tags =
      '<tagSet><item><key>groupSet</key><value>&lt;placement&gt;here</value></item><item><key>monitoring</key><value>&lt;/placement&gt;</value></item></tagSet>';
    expect(thinned(`<placement><tenancy>default</tenancy></placement>${tags}`)).toBe(tags);
  });

  it('leaves out the space between elements and what is empty, and no space of a text', () => {
    const answer = `<tagSet>
        <item>
            <key>Note</key>
            <value>  two
  lines </value>
        </item>
        <item>
            <key>Blank</key>
            <value> </value>
        </item>
    </tagSet>
    <dnsName/>
    <ipAddress>1.2.3.4</ipAddress>`;
    expect(thinned(answer)).toBe(`<tagSet><item><key>Note</key><value>  two
  lines </value>
        </item><item><key>Blank</key><value> </value>
        </item>
    </tagSet><ipAddress>1.2.3.4</ipAddress>`);
  });

  it('calls what it leaves out as EC2 does', () => {
    const names = [...elements(Reservation$), ...elements(Instance$)];
    expect(UNUSED.filter(name => !names.includes(name))).toEqual([]);
  });

  it('leaves a refusal and what is no XML as they are', () => {
    const refusal = '<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>';
    for (const text of [refusal, '', 'no <placement> that ends']) expect(thinned(text)).toBe(text);
  });
});

/** The members of a structure, as its schema says they are called in XML. */
function elements([, , , , names, members]: typeof Instance$): string[] {
  return names.map((name, index) => {
    const [, traits] = members[index] as unknown as [unknown, { readonly xmlName?: string }];
    return traits.xmlName ?? name;
  });
}
