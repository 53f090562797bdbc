// Whether this is a clerk's telephone rather than a desk: one column, a drawer for the menu, cards for lists.
import { ref } from 'vue'

const query = window.matchMedia('(max-width: 720px)')
/** As in the style sheets: @media (max-width: 720px). */
export const narrow = ref(query.matches)
query.addEventListener('change', (event) => (narrow.value = event.matches))
