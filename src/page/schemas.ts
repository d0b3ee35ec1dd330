/** The first import of the page: schemas are not compiled to code there, which its content security policy forbids. */
import * as z from 'zod';

z.config({ jitless: true });
