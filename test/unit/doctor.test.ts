import { expect, it } from 'vitest';
import { examine } from '../../src/renderer/session/doctor';
import type { DocumentId } from '../../src/shared/protocol/routes';
import { FakeAnswers } from '../support/fake-answers';
import { FakeStreams } from '../support/fake-streams';
import { ManualClock } from '../support/manual-clock';

const HEALTH = { relay: 'r1', durable: true, limits: { documentBytes: 1 } };

it.each([
  ['was met before', 'r1'],
  ['was never met', undefined],
])('does not take one lost POST for a blocked way, where the relay %s', async (_when, relayId) => {
  const clock = new ManualClock();
  const answers = new FakeAnswers();
  const streams = new FakeStreams();
  const openWebSocket = () => {
    throw new Error('forbidden');
  };
  const patient = { relay: 'http://relay.test', relayId, document: 'paper' as DocumentId, secret: undefined };
  const { findings, stop } = examine(patient, { fetch: answers.fetch, openWebSocket, openStream: streams.open, clock });
  answers.last.says(200, HEALTH);
  await clock.settle();
  const stream = streams.all.find(({ request }) => request.kind === 'writer');
  stream?.tells('connection', { document: 'paper', connection: 'c1' });
  await clock.settle();
  answers.to('/frames')[0]?.fails();
  await clock.advance(200);
  answers.to('/health')[1]?.says(200, HEALTH);
  await clock.settle();
  expect([answers.to('/frames').length, findings.current.posts]).toEqual([2, { state: 'checking' }]);
  stop();
  // For so long a socket hands over what was sent before.
  await clock.advance(2_000);
  expect(clock.waiting).toBe(0);
});
