import type { Clock } from '../ports/runtime.js';
import { loadGrpc, methods, type Client, type Metadata, type Method, type Methods } from './protocol/protocol.js';

/** The metadata of every call and every watch. With `hasleader`, a member without a quorum answers with an error instead of hanging. */
export async function metadataOf(token: string | undefined): Promise<Metadata> {
  const grpc = await loadGrpc();
  const metadata = new grpc.Metadata();
  metadata.set('hasleader', 'true');
  if (token !== undefined) metadata.set('token', token);
  return metadata;
}

export interface CallAttempt {
  readonly token: string | undefined;
  /** Milliseconds. */
  readonly callTimeout: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** Makes one call on one connection, with a deadline. @throws the error of grpc: see `explain` */
export async function callOnce<Q, A>(
  client: Client,
  choose: (methods: Methods) => Method<Q, A>,
  request: Q,
  { token, callTimeout, clock, signal }: CallAttempt,
): Promise<A> {
  const metadata = await metadataOf(token);
  const { path, requestSerialize, responseDeserialize } = choose(methods);
  return new Promise((resolve, reject) => {
    const deadline = clock.wall() + callTimeout;
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      { deadline },
      (error, answer) => {
        signal?.removeEventListener('abort', cancel);
        if (error !== null) reject(error);
        else if (answer === undefined) reject(new Error('etcd sent an empty answer'));
        else resolve(answer);
      },
    );
    const cancel = (): void => {
      call.cancel();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted === true) cancel();
  });
}
