// What a customer's site includes: `<script src="…/widget.js" async></script>`.
// It opens the chat in a frame of Segue's own origin, so that neither page can
// read the other. It runs on pages that are not ours: no globals, no inline
// styles that a strict Content-Security-Policy would refuse.

const script = document.currentScript;
if (script instanceof HTMLScriptElement) open(new URL('/widget/', script.src));

function open(address: URL): void {
  const frame = document.createElement('iframe');
  frame.title = 'Chat';
  frame.src = address.href;
  document.body.append(frame);
}
