// Starts the console that agents, leads and admins work in.

import '../shared/tokens.css';
import { render } from 'preact';

const place = document.getElementById('app');
if (place) render(<main>Segue</main>, place);
