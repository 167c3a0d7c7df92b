import { computed, nextTick, type WritableComputedRef } from 'vue';
import { type Router, useRoute, useRouter } from 'vue-router';

/** Changes of one moment, so that three filters set at once make one navigation instead of overwriting each other. */
const waiting = new WeakMap<Router, Record<string, string | undefined>>();

/** A value that lives in the URL, so that a link shows a colleague the same thing. The default is left out of the URL. */
export function useAddressBar<T extends string = string>(name: string, fallback: NoInfer<T>): WritableComputedRef<T> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    // The URL may hold any text; screens compare it with what they know and fall back by themselves.
    get: () => (typeof route.query[name] === 'string' && route.query[name] !== '' ? (route.query[name] as T) : fallback),
    set: (value) => change(router, name, value === fallback ? undefined : value),
  });
}

function change(router: Router, name: string, value: string | undefined): void {
  const others = waiting.get(router);
  if (others) {
    others[name] = value;
    return;
  }
  const changes = { [name]: value };
  waiting.set(router, changes);
  void nextTick(() => {
    waiting.delete(router);
    void router.replace({ query: { ...router.currentRoute.value.query, ...changes } });
  }); // void, twice: the router reports its own failures.
}
