import { part, refill } from '#lab/messenger/page/nodes.ts';
import type { ServerFrame } from '#lab/telegram/protocol.ts';
import { drawQr } from './draw-qr.ts';
import { dialect, node } from './nodes.ts';
import { formatPhone } from './phone-field.ts';
import type { Wire } from './wire.ts';
import { errorText, words } from './words.ts';

/** The screens before the chats; each shows itself in `root` and takes the server's frames while it stands. */
type Screen = { element: HTMLElement; refused?: (error: string) => void; qr?: (frame: Extract<ServerFrame, { t: 'qr' }>) => void };

/** The submit button appears only from this many digits on. */
const leastDigits = 7;
const codeLength = 5;

export function createAuth(root: HTMLElement, wire: () => Wire): { start: () => void; frame: (frame: ServerFrame) => void } {
  let screen: Screen = qrScreen();
  const show = (next: Screen) => {
    screen = next;
    root.replaceChildren(node('auth', {}, [next.element]));
  };
  const toQr = () => {
    show(qrScreen());
    wire().send({ t: 'wants_qr' });
  };
  function qrScreen(): Screen {
    const container = node('qrContainer', {}, [node('qrLoading')]);
    const toPhone = node('toPhone', { text: words.byPhone });
    toPhone.addEventListener('click', () => show(phoneScreen(wire, toQr)));
    const parts = [container, node('title', { text: words.qrTitle }), node('hint', { text: words.qrHint }), toPhone];
    const element = node('qrForm', {}, [...parts, node('passkey', { text: words.byPasskey })]);
    return { element, qr: ({ size, dots }) => drawQr(container, { size, dots }) };
  }
  return {
    start: toQr,
    frame(frame) {
      if (frame.t === 'qr') screen.qr?.(frame);
      else if (frame.t === 'refused') screen.refused?.(frame.error);
      else if (frame.t === 'code_sent') show(codeScreen(wire, frame.phone, () => show(phoneScreen(wire, toQr))));
      else if (frame.t === 'needs_password') show(passwordScreen(wire));
      else if (frame.t === 'needs_name')
        show({ element: node('nameForm', { label: words.nameTitle }, [node('submit', { text: words.startMessaging })]) });
    },
  };
}

function phoneScreen(wire: () => Wire, toQr: () => void): Screen {
  const field = node('phoneField', { label: words.phone });
  const input = part<HTMLInputElement>(field, 'input');
  const submit = node('submit', { text: words.next });
  const back = node('toQr', { text: words.byQr });
  back.addEventListener('click', toQr);
  const element = node('phoneForm', {}, [
    node('title', { text: words.signIn }),
    node('hint', { text: words.confirmNumber }),
    node('country', { label: words.country, value: 'United States' }),
    field,
    node('keepSession', { text: words.keep }),
    back,
  ]);
  input.value = '+1 ';
  let before = input.value;
  input.addEventListener('input', () => {
    input.value = formatPhone(input.value, before);
    before = input.value;
    label(field, words.phone, { isError: false });
    offer(input.value.replace(/\D/g, '').length >= leastDigits);
  });
  /** Web A brings the button, Web K lets it be pressed. */
  function offer(isValid: boolean): void {
    submit.toggleAttribute('disabled', !isValid);
    if (isValid || dialect === 'k') back.before(submit);
    else submit.remove();
  }
  offer(false);
  part(element, 'form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (!submit.isConnected) return;
    refill(submit, [node('spinner')]);
    wire().send({ t: 'phone', phone: input.value });
  });
  return {
    element,
    refused(error) {
      refuseInput({ field, submit }, error);
    },
  };
}

function codeScreen(wire: () => Wire, phone: string, back: () => void): Screen {
  const field = node('codeField', { label: words.code });
  const input = part<HTMLInputElement>(field, 'input');
  const element = node('codeForm', { phone }, [node('hint', { text: words.codeSent }), field]);
  part(element, '.auth-number-edit, .phone-edit').addEventListener('click', back);
  const spinner = node('spinner');
  input.addEventListener('input', () => {
    input.value = input.value.replace(/\D/g, '').slice(0, codeLength);
    label(field, words.code, { isError: false });
    if (input.value.length < codeLength) return;
    field.after(spinner);
    wire().send({ t: 'code', code: input.value });
  });
  return {
    element,
    refused(error) {
      spinner.remove();
      label(field, errorText(error), { isError: true });
    },
  };
}

function passwordScreen(wire: () => Wire): Screen {
  const field = node('passwordField', { label: words.password });
  const input = part<HTMLInputElement>(field, 'input');
  const submit = node('submit', { text: words.next });
  const element = node('passwordForm', {}, [node('title', { text: words.passwordTitle }), node('hint', { text: words.passwordHint }), field, submit]);
  input.addEventListener('input', () => label(field, words.password, { isError: false }));
  part(element, 'form').addEventListener('submit', (event) => {
    event.preventDefault();
    refill(submit, [node('spinner')]);
    wire().send({ t: 'password', password: input.value });
  });
  return {
    element,
    refused(error) {
      refuseInput({ field, submit }, error);
    },
  };
}

/** Web K prints every error that it has no words for as the text of its button (facts 2, Phone and Password). */
function refuseInput({ field, submit }: { field: HTMLElement; submit: HTMLElement }, error: string): void {
  const isPrinted = dialect === 'k' && error !== 'PHONE_NUMBER_INVALID';
  refill(submit, [isPrinted ? error : words.next]);
  const said = part(field, 'label').textContent;
  label(field, isPrinted ? said : errorText(error), { isError: true });
}

/** Facts 1, errors: the label itself becomes the error, also as the aria-label of the input. */
function label(field: HTMLElement, text: string, { isError }: { isError: boolean }): void {
  field.classList.toggle('error', isError);
  part(field, 'label').textContent = text;
  part(field, 'input').setAttribute('aria-label', text);
}
