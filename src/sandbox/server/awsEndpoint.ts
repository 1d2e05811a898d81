import type { Log } from '../../base/log';
import { ec2SignatureFault, jsonSignatureFault, stsSignatureFault } from '../auth/signatureFaults';
import { SignatureRefused, type SignatureVerifier } from '../auth/signatureVerifier';
import type { CallCounts } from '../backdoor/callCounts';
import type { CallFaults } from '../backdoor/callFaults';
import { AwsFault } from '../errors/awsFault';
import type { XmlValue } from '../operations/xml';
import {
  awsJsonFault,
  awsJsonReply,
  EC2_VERSION,
  ec2Fault,
  ec2Reply,
  queryFault,
  queryReply,
  STS_VERSION,
} from './awsReplies';
import { GARBAGE, header, RESET, type HttpCall, type HttpReply, type HttpStream } from './http';
import type { AwsCall, Operations } from './operation';

/** One AWS service behind `POST /`: what it can do, and in which clothes it answers. */
interface Service<Input, Output> {
  /** The name in a signature's scope. */
  readonly name: string;
  readonly operations: Operations<Input, Output>;
  readonly unknownOperation: (operation: string) => AwsFault;
  readonly signatureFault: (refused: SignatureRefused) => AwsFault;
  readonly throttled: AwsFault;
  readonly reply: (operation: string, output: Output) => HttpReply;
  readonly fault: (fault: AwsFault) => HttpReply;
}

export interface AwsEndpointDependencies {
  readonly verifier: SignatureVerifier;
  readonly faults: CallFaults;
  readonly counts: CallCounts;
  readonly regions: readonly string[];
  readonly log: Log;
  readonly ssm: Operations<unknown, unknown>;
  readonly kms: Operations<unknown, unknown>;
  readonly ec2: Operations<URLSearchParams, XmlValue>;
  readonly sts: Operations<URLSearchParams, XmlValue>;
}

/** The services that share the path `/`: the JSON ones by `X-Amz-Target`, the Query ones by their API version. */
export class AwsEndpoint {
  readonly #deps: AwsEndpointDependencies;
  readonly #json: ReadonlyMap<string, Service<unknown, unknown>>;
  readonly #query: ReadonlyMap<string, Service<URLSearchParams, XmlValue>>;

  constructor(deps: AwsEndpointDependencies) {
    this.#deps = deps;
    this.#json = new Map([
      ['AmazonSSM', jsonService('ssm', deps.ssm)],
      ['TrentService', jsonService('kms', deps.kms)],
    ]);
    this.#query = new Map([
      [EC2_VERSION, ec2Service(deps.ec2)],
      [STS_VERSION, stsService(deps.sts)],
    ]);
  }

  async handle(call: HttpCall): Promise<HttpReply | HttpStream> {
    const target = header(call, 'x-amz-target');
    if (target !== undefined) {
      const [prefix = '', operation = ''] = target.split('.');
      const service = this.#json.get(prefix);
      if (service === undefined) return awsJsonFault(unknownJsonOperation());
      return this.#answer(service, call, operation, () => parseJson(call.body));
    }
    const form = new URLSearchParams(call.method === 'GET' ? call.url.search : call.body.toString('utf8'));
    const operation = form.get('Action') ?? '';
    const service = this.#query.get(form.get('Version') ?? '');
    if (service === undefined) {
      return queryFault(
        new AwsFault(
          'InvalidAction',
          `Could not find operation ${operation} for version ${form.get('Version')}`,
        ),
      );
    }
    return this.#answer(service, call, operation, () => form);
  }

  async #answer<Input, Output>(
    service: Service<Input, Output>,
    call: HttpCall,
    operation: string,
    readInput: () => Input,
  ): Promise<HttpReply | HttpStream> {
    try {
      const run = service.operations.get(operation);
      if (run === undefined) throw service.unknownOperation(operation);
      this.#deps.counts.note(service.name, operation);
      const { credential, region } = await this.#deps.verifier.verify(call, service.name);
      if (!this.#deps.regions.includes(region)) {
        throw service.signatureFault(
          new SignatureRefused(
            'wrong-service',
            `Credential should be scoped to a valid region, not '${region}'.`,
          ),
        );
      }
      const { principal } = credential;
      const place = { accountId: principal.accountId, region };
      const fault = await this.#deps.faults.meet(service.name, operation, place);
      if (fault?.kind === 'throttle') throw service.throttled;
      if (fault?.kind === 'garbage') return GARBAGE;
      if (fault?.kind === 'reset') return RESET;
      if (fault !== undefined) throw new AwsFault(fault.code, fault.message, { status: fault.status });
      const awsCall: AwsCall<Input> = { input: readInput(), principal, ...place };
      return service.reply(operation, await run(awsCall));
    } catch (failure) {
      if (failure instanceof AwsFault) return service.fault(failure);
      if (failure instanceof SignatureRefused) {
        this.#deps.log.info(`${service.name}:${operation} refused: ${failure.message}`);
        return service.fault(service.signatureFault(failure));
      }
      this.#deps.log.error(`${service.name}:${operation} failed`, failure);
      return service.fault(
        new AwsFault('InternalServerError', 'An internal error occurred in the sandbox; see its log.', {
          status: 500,
        }),
      );
    }
  }
}

function jsonService(name: string, operations: Operations<unknown, unknown>): Service<unknown, unknown> {
  return {
    name,
    operations,
    unknownOperation: unknownJsonOperation,
    signatureFault: jsonSignatureFault,
    throttled: new AwsFault('ThrottlingException', 'Rate exceeded'),
    reply: (_operation, output) => awsJsonReply(output),
    fault: awsJsonFault,
  };
}

function unknownJsonOperation(): AwsFault {
  return new AwsFault('UnknownOperationException', '');
}

function ec2Service(operations: Operations<URLSearchParams, XmlValue>): Service<URLSearchParams, XmlValue> {
  return {
    name: 'ec2',
    operations,
    unknownOperation: operation =>
      new AwsFault('InvalidAction', `The action ${operation} is not valid for this web service.`),
    signatureFault: ec2SignatureFault,
    throttled: new AwsFault('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 }),
    reply: ec2Reply,
    fault: ec2Fault,
  };
}

function stsService(operations: Operations<URLSearchParams, XmlValue>): Service<URLSearchParams, XmlValue> {
  return {
    name: 'sts',
    operations,
    unknownOperation: operation =>
      new AwsFault('InvalidAction', `Could not find operation ${operation} for version ${STS_VERSION}`),
    signatureFault: stsSignatureFault,
    throttled: new AwsFault('Throttling', 'Rate exceeded'),
    reply: queryReply,
    fault: queryFault,
  };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsFault('SerializationException', 'The body is not JSON');
  }
}
