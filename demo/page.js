// Sends simulated customers of different moods at the press of the button.
const button = document.getElementById('send');
const said = document.getElementById('sent');
button.addEventListener('click', async () => {
  button.disabled = true;
  try {
    const answer = await fetch('/demo/customers', { method: 'POST' });
    const { customers } = await answer.json();
    said.textContent = `${customers.join(', ')} are writing…`;
  } catch {
    said.textContent = 'The server could not be reached. Is it running?';
  }
  button.disabled = false;
});
