import { randomUUID } from 'node:crypto';
import type { AwsFault } from '../errors/awsFault';
import { xmlElement, type XmlValue } from '../operations/xml';
import type { HttpReply } from './http';

export const EC2_VERSION = '2016-11-15';
export const STS_VERSION = '2011-06-15';

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** AWS JSON 1.1. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export function awsJsonReply(output: unknown): HttpReply {
  return {
    status: 200,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(output),
  };
}

export function awsJsonFault(fault: AwsFault): HttpReply {
  const message = fault.message === '' ? {} : { message: fault.message };
  return {
    status: fault.status,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': randomUUID(),
      'x-amzn-errortype': fault.code,
    },
    body: JSON.stringify({ __type: fault.code, ...message, ...fault.fields }),
  };
}

/** REST-JSON, as the portal and OIDC speak it: the error's name is in a header. */
export function restJsonFault(fault: AwsFault): HttpReply {
  const isOAuth = 'error' in fault.fields;
  return {
    status: fault.status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': randomUUID(),
      'x-amzn-errortype': fault.code,
    },
    body: JSON.stringify(
      isOAuth ? fault.fields : { message: fault.message, __type: fault.code, ...fault.fields },
    ),
  };
}

/** EC2's flavour of the Query protocol. */
export function ec2Reply(operation: string, output: XmlValue): HttpReply {
  const content = { requestId: randomUUID(), ...(output as Record<string, XmlValue>) };
  const name = `${operation}Response`;
  return xmlReply(
    200,
    xmlElement(name, content, { attributes: ` xmlns="http://ec2.amazonaws.com/doc/${EC2_VERSION}/"` }),
  );
}

export function ec2Fault(fault: AwsFault): HttpReply {
  return xmlReply(
    fault.status,
    xmlElement('Response', {
      Errors: { Error: { Code: fault.code, Message: fault.message } },
      RequestID: randomUUID(),
    }),
  );
}

const STS_FORM = { attributes: ` xmlns="https://sts.amazonaws.com/doc/${STS_VERSION}/"`, indent: '  ' };

/** The Query protocol of STS. */
export function queryReply(operation: string, output: XmlValue): HttpReply {
  const content = { [`${operation}Result`]: output, ResponseMetadata: { RequestId: randomUUID() } };
  return xmlReply(200, xmlElement(`${operation}Response`, content, STS_FORM));
}

export function queryFault(fault: AwsFault): HttpReply {
  return xmlReply(
    fault.status,
    xmlElement(
      'ErrorResponse',
      {
        Error: {
          Type: fault.status < 500 ? 'Sender' : 'Receiver',
          Code: fault.code,
          Message: fault.message,
        },
        RequestId: randomUUID(),
      },
      STS_FORM,
    ),
  );
}

function xmlReply(status: number, element: string): HttpReply {
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body: XML + element };
}
