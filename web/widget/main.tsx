// Starts the chat inside its frame.

import '../shared/tokens.css';
import { render } from 'preact';

const place = document.getElementById('app');
if (place) render(<main>Chat</main>, place);
