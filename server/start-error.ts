/** Where the rest of the relay finds it: storage, which may import nothing above itself, has to throw it too. */
export { StartError } from './storage/start-error';
