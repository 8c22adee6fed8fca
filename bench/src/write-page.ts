/** Writes the figures of docs/performance.md anew from what was measured last, without measuring. */
import { PAGE_FIGURES, writePage } from './report/performance-page.ts';
import { readResults } from './report/write-report.ts';

writePage(readResults(PAGE_FIGURES));
