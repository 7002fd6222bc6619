import { method } from '../functions/signature.ts';
import type { LatLng } from '../values/latlng.ts';

const EARTH_RADIUS = 6_371_009;
const radians = (degrees: number): number => (degrees / 180) * Math.PI;

/** Metres along the great circle. */
function distance(a: LatLng, b: LatLng): number {
  const [lat1, lat2] = [radians(a.latitude), radians(b.latitude)];
  const dLat = Math.sin(0.5 * (lat2 - lat1));
  const dLng = Math.sin(0.5 * (radians(b.longitude) - radians(a.longitude)));
  const x = dLat * dLat + dLng * dLng * Math.cos(lat1) * Math.cos(lat2);
  return 2 * Math.asin(Math.sqrt(Math.min(1, x))) * EARTH_RADIUS;
}

/** Methods of geopoints. */
export const latLngMethods = {
  distance: method<[LatLng, LatLng]>(['latlng.distance(latlng)'], distance),
  latitude: method<[LatLng]>(['latlng.latitude()'], ({ latitude }) => latitude),
  longitude: method<[LatLng]>(['latlng.longitude()'], ({ longitude }) => longitude),
};
