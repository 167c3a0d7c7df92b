import { execFileSync } from 'node:child_process';
import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';

/** Every Debian has it, under ca-certificates. */
const program = 'openssl';

/** A key of our own with its certificate, as Amazon would hand one out; a short one, because making it takes a tenth of the time. */
export function makeSnsKey(): { key: KeyObject; certificate: string } {
  const args = ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-days', '2', '-subj', '/CN=sns.test', '-keyout', '-', '-out', '-'];
  const pem = execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return { key: createPrivateKey(pem), certificate: /-----BEGIN CERTIFICATE-[\s\S]*/.exec(pem)?.[0] ?? '' };
}

export const snsTopic = 'arn:aws:sns:eu-west-1:123456789012:bounces';
export const snsCertUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem';

/** A message wrapped and signed as Amazon SNS does it. */
export function wrapInSns(key: KeyObject, message: object | string, more: Record<string, string> = {}): Buffer {
  const envelope: Record<string, string> = {
    Type: 'Notification',
    MessageId: 'sns-1',
    TopicArn: snsTopic,
    Message: typeof message === 'string' ? message : JSON.stringify(message),
    Timestamp: '2026-11-21T12:00:00.000Z',
    SignatureVersion: '2',
    SigningCertURL: snsCertUrl,
    ...more,
  };
  const names =
    envelope.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.flatMap((name) => (envelope[name] === undefined ? [] : [`${name}\n${envelope[name]}\n`])).join('');
  const algorithm = envelope.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return Buffer.from(JSON.stringify({ ...envelope, Signature: createSign(algorithm).update(text).sign(key, 'base64') }));
}
