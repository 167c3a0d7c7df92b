/** Every text of the page. */
export const words = {
  qrTitle: 'Log in to Telegram by QR Code',
  qrHint: 'Open Telegram on your phone, go to Settings > Devices > Link Desktop Device, and point your phone at this screen.',
  byPhone: 'Log in by phone number',
  byPasskey: 'Log in with passkey',
  byQr: 'Log in by QR Code',
  signIn: 'Sign in to Telegram',
  confirmNumber: 'Please confirm your country code and enter your phone number.',
  country: 'Country',
  phone: 'Your phone number',
  keep: 'Keep me signed in',
  next: 'Next',
  codeSent: 'We have sent the code to your other devices.',
  code: 'Code',
  passwordTitle: 'Enter Your Password',
  passwordHint: 'Your account is protected with an additional password.',
  password: 'Password',
  nameTitle: 'First name',
  startMessaging: 'Start messaging',
  conflict: 'Many sessions. So conflict.',
  reload: 'Reload App',
  search: 'Search',
  archive: 'Archived Chats',
  waiting: 'Waiting for network…',
  updating: 'Updating…',
  lastSeen: 'last seen recently',
  noMessages: 'No messages here yet…',
  send: 'Send Message',
  record: 'Record a voice message',
};

/** What the label of a field says when the server has refused the input (facts 1, LOGIN, errors). */
export function errorText(error: string): string {
  if (error === 'PHONE_NUMBER_INVALID') return 'Invalid phone number, please try again';
  if (error === 'PHONE_CODE_INVALID') return 'Invalid code, please try again';
  if (error === 'PASSWORD_HASH_INVALID') return 'Invalid password, please try again';
  const seconds = /^FLOOD_WAIT_(\d+)$/.exec(error)?.[1];
  if (seconds) return `Too many attempts, please try again in ${lengthOf(Number(seconds))}`;
  return `Unexpected error: RPCError 400: ${error} (caused by auth.SendCode)`;
}

function lengthOf(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  const [size, name] = units.find(([one]) => seconds >= one) ?? [1, 'second'];
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
